import { execFile } from "node:child_process"
import { errnoOf } from "../io.ts"
import type { PasswordProvider } from "./input.ts"
import { failed } from "./provider.ts"

/** Longer than any token: more output is not a password. */
const MAX_OUTPUT_BYTES = 64 * 1024

/**
 * A provider that runs a program, without a shell, and returns its standard output without trailing line ends. No error contains the
 * output, because it may include a token.
 */
export function commandProvider(
  name: string,
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): PasswordProvider {
  const [program = "", ...args] = command
  return ({ signal }) =>
    new Promise((resolve, reject) => {
      const options = {
        encoding: "utf8",
        maxBuffer: MAX_OUTPUT_BYTES,
        windowsHide: true,
        signal,
        // At the timeout, does not wait for a program that is slow to exit.
        killSignal: "SIGKILL",
        env: { ...env } as NodeJS.ProcessEnv,
      } as const
      const child = execFile(program, args, options, (error, stdout) => {
        if (signal.aborted) reject(signal.reason)
        else if (error !== null) reject(failed(name, whyFailed(error)))
        else resolve(stdout.replace(/[\r\n]+$/, "") || undefined)
      })
      child.stdin?.end()
    })
}

function whyFailed(error: Error): string {
  const code = (error as { code?: unknown }).code
  if (typeof code === "number") return `ended with exit code ${code}`
  const signal = (error as { signal?: unknown }).signal
  if (typeof signal === "string") return `was ended by ${signal}`
  const errno = errnoOf(error)
  if (errno === "ENOENT") return "is not installed or not in PATH"
  return `could not be run${errno === undefined ? "" : ` (${errno})`}`
}
