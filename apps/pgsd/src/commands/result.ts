import { writeFile } from "node:fs/promises"
import type { CommonOptions } from "../cli/options.ts"
import type { Output, Terminal } from "../cli/terminal.ts"
import { messageOf, ProgramError } from "../errors.ts"
import { plainPaint } from "../render/paint.ts"

/** A result, rendered for its destination. */
export type Rendering = (output: Omit<Output, "write">) => string

/**
 * Writes a result to standard output, or, without colours, to the file of `--out`.
 *
 * @throws ProgramError PGSD_CANNOT_WRITE
 */
export async function writeResult(rendering: Rendering, { out: file }: CommonOptions, { out, signal }: Terminal): Promise<void> {
  if (file === undefined) return out.write(rendering(out))
  try {
    await writeFile(file, rendering({ paint: plainPaint, width: out.width, interactive: false }), { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw new ProgramError("PGSD_CANNOT_WRITE", `the result cannot be written to "${file}": ${messageOf(error)}`, {
      cause: error,
      hint: "--out names a file in a folder that exists and that you may write to",
    })
  }
}
