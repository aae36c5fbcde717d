import { spawn } from "node:child_process"
import { timerDelay } from "@pgsd/driver"
import { serverError } from "../errors.ts"
import { serverAccount } from "../processes/account.ts"
import type { Deadline } from "../wait.ts"

/**
 * Runs a program to its end as the server's account.
 *
 * @param tolerates whether a failure with that output is acceptable
 * @throws PgsdError PGSD_SERVER_START with the program's output
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  end: Deadline,
  options: { environment?: Record<string, string>; tolerates?: (output: string) => boolean } = {},
): Promise<void> {
  const child = spawn(command, args, {
    cwd: "/",
    env: { LC_ALL: "C", PATH: "/usr/bin:/bin", ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timerDelay(Math.max(1, Math.ceil(end.at - performance.now()))),
    killSignal: "SIGKILL",
    signal: end.signal,
    ...serverAccount(),
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text))
  const how = await new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message))
    child.once("close", (code, signal) => resolve(code === 0 ? undefined : signal === null ? `exit code ${code}` : `signal ${signal}`))
  })
  end.signal?.throwIfAborted()
  if (how === undefined || options.tolerates?.(output)) return
  throw serverError("PGSD_SERVER_START", `${command} failed (${how}): ${output.trim().slice(-2_000) || "no output"}`)
}
