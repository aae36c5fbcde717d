import { CommanderError } from "commander"
import { errorText } from "../render/error-text.ts"
import { EXIT } from "./exit-codes.ts"
import { Interruption } from "./interruption.ts"
import { createProgram } from "./program.ts"
import type { Terminal } from "./terminal.ts"

/** Runs one command line; resolves with its exit code and never rejects. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.same
  const program = createProgram(terminal, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync([...args], { from: "user" })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.same : EXIT.trouble
    const { reason } = terminal.signal
    if (reason instanceof Interruption) return reason.exitCode
    terminal.err.write(errorText(error, terminal.err))
    return EXIT.trouble
  }
}
