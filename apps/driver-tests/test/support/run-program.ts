import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { isSecret, type Target } from "@pgsd/driver"

const LIFETIME_MS = 20_000

/**
 * Runs a program of `programs/` in a separate process, over the driver of that name, with only `environment` in its
 * environment. Its output is read as JSON.
 */
export async function runProgram(
  program: string,
  driver: string,
  target: Target,
  environment: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const file = new URL(`../programs/${program}.ts`, import.meta.url).pathname
  const plainTarget = { ...target, password: isSecret(target.password) ? target.password.reveal() : target.password }
  const child = spawn(process.execPath, ["--conditions=@pgsd/source", "--import=tsx", file, driver, JSON.stringify(plainTarget)], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIFETIME_MS,
  })
  const [output, errors, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")])
  if (code !== 0) throw new Error(`${program} over ${driver} ended with ${code ?? signal}: ${errors}${output}`)
  return JSON.parse(output)
}
