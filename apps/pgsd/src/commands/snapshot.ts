import { EXIT } from "../cli/exit-codes.ts"
import type { ReadCommandOptions } from "../cli/options.ts"
import { withProgress } from "../cli/progress.ts"
import type { Terminal } from "../cli/terminal.ts"
import { ProgramError } from "../errors.ts"
import { LARGEST_SNAPSHOT, snapshotLines } from "../snapshot/snapshot.ts"
import { readConfiguration } from "./databases.ts"
import { refuseMissingSchemas } from "./diff-schemas.ts"
import { readSides, type SideName, scopeOf } from "./read-sides.ts"
import { writeResult } from "./result.ts"
import { writeWarnings } from "./warnings.ts"

/** Reads one database as diff would, and writes the snapshot, which can be a side of a later diff. */
export async function snapshot(name: SideName, options: ReadCommandOptions, terminal: Terminal): Promise<number> {
  const { err, signal } = terminal
  const configuration = await readConfiguration(options)
  writeWarnings(configuration, options, terminal)
  const [side] = await withProgress([name], err, (progress) => readSides(configuration, [name], { options, progress, signal }))
  signal.throwIfAborted()
  const { place, server, catalog } = side!
  refuseMissingSchemas(options, catalog, catalog)
  const text = joined(snapshotLines({ place, server, scope: scopeOf(name, options), catalog }))
  await writeResult(() => text, options, terminal)
  return EXIT.same
}

/** @throws ProgramError PGSD_SNAPSHOT_TOO_LARGE for what could not be read back */
function joined(lines: Iterable<string>): string {
  const parts: string[] = []
  let bytes = 0
  for (const line of lines) {
    bytes += Buffer.byteLength(line)
    if (bytes > LARGEST_SNAPSHOT)
      throw new ProgramError("PGSD_SNAPSHOT_TOO_LARGE", `the snapshot would have more than ${LARGEST_SNAPSHOT} bytes`, {
        hint: "make one for each schema, with --schema",
      })
    parts.push(line)
  }
  return parts.join("")
}
