import { once } from "node:events"
import { watchPools } from "@pgsd/watch"
import { EXIT } from "../cli/exit-codes.ts"
import type { WatchCommandOptions } from "../cli/options.ts"
import type { Terminal } from "../cli/terminal.ts"
import { listed } from "../render/labels.ts"
import { readConfiguration, requireDatabases, withPools } from "./databases.ts"
import { writeWarnings } from "./warnings.ts"
import { putLoad } from "./watch-load.ts"

/** A page that shows a pool of each configured database until Ctrl-C, the normal end: exit code 0. */
export async function watch(options: WatchCommandOptions, terminal: Terminal): Promise<number> {
  const { out, err, signal } = terminal
  // At least one connection, so that there is something to see.
  const configuration = await readConfiguration(options, { min: 1 })
  const names = requireDatabases(configuration, "watch")
  writeWarnings(configuration, options, terminal)
  return withPools(configuration, names, async (pools) => {
    await using page = await watchPools(pools, { port: options.port })
    const load = options.load === undefined ? "" : `, each with ${options.load} callers that read`
    err.write(err.paint.quiet(`watching ${listed(names)}${load}; Ctrl-C ends it\n`))
    out.write(`${page.url}\n`)
    const ended = signal.aborted ? undefined : once(signal, "abort")
    await Promise.all([ended, ...pools.map((pool) => putLoad(pool, options.load ?? 0, signal))])
    return EXIT.same
  })
}
