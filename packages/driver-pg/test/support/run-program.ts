import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"

const LIFETIME_MS = 20_000

/**
 * Runs a TypeScript program of this folder in a process of its own, with `input` as its one argument and nothing in the
 * environment but `environment`. What it printed is read as JSON.
 */
export async function runProgram(name: string, input: unknown, environment: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const program = new URL(`./${name}.ts`, import.meta.url).pathname
  const child = spawn(process.execPath, ["--conditions=@pgsd/source", "--import=tsx", program, JSON.stringify(input)], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIFETIME_MS,
  })
  const [output, errors, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")])
  if (code !== 0) throw new Error(`${name} ended with ${code ?? signal}: ${errors}${output}`)
  return JSON.parse(output)
}
