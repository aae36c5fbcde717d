import type { ClientName } from "../clients/contestants.ts"
import { pgbenchTable } from "./pgbench.ts"
import type { Section } from "./section.ts"
import { benchDatabase } from "./server.ts"
import { compareThroughput, type ThroughputReport, throughputProcesses } from "./throughput.ts"

const CLIENTS: readonly ClientName[] = [
  "@pgsd/pool over pg",
  "@pgsd/pool over pg, pipelineDepth 32",
  "@pgsd/pool over postgres.js",
  "@pgsd/pool over postgres.js, pipelineDepth 32",
  "@pgsd/pool over the wire",
  "@pgsd/pool over the wire, pipelineDepth 32",
  "@pgsd/pool over the wire, pipelineDepth 32, prepared",
  "@pgsd/pool over the wire, pipelineDepth auto",
  "pg-pool",
  "tarn + pg",
  "generic-pool + pg",
  "pg-promise",
  "kysely over pg",
  "slonik",
  "postgres.js",
  "postgres.js, max 10 (its default)",
  "postgres.js, unprepared",
  "floor",
  "floor, prepared",
]
const SIZES = [1, 2, 5, 10]
const CALLERS = [1, 10, 100, 1_000]

export const querySection: Section = {
  async run(bench) {
    await using database = await benchDatabase(bench)
    const processes = throughputProcesses(bench, CLIENTS)
    const reports = new Map<number, ThroughputReport>()
    for (const callers of bench.quick ? [10] : CALLERS) {
      bench.log(`query: ${callers} callers`)
      const caption = `${callers.toLocaleString("en-US")} ${callers === 1 ? "caller" : "callers"}`
      const unit = { one: "query", many: "queries" }
      const comparison = { caption, workload: "select", unit, clients: CLIENTS, callers, sizes: SIZES, rounds: 5, roundMs: 250 } as const
      reports.set(callers, await compareThroughput(bench, comparison, processes, database.address))
    }
    bench.log("query: pgbench")
    const limit = await pgbenchTable(bench, database.address)
    return {
      title: "One-shot queries",
      meaning: `\`query("select 1 as one")\` against PostgreSQL ${database.serverVersion} over TCP on the same machine, so that server and clients share its cores; each caller awaits its row, then sends the next query. Each contestant runs at its best pool size of ${SIZES.join(", ")}, chosen by a trial run for each number of callers. postgres.js works its own way, with a prepared statement in a pipeline up to 100 deep; processes last through all rounds, because postgres.js slows down over time with more than one connection. "floor" is the minimum of a client with a promise per query: prebuilt bytes, answers scanned for frames and not parsed. CPU is the CPU time of the contestant's process per query: the less, the more is left for the program. For queries per second, a ratio over 1 is faster. The limit is pgbench, written in C, whose clients each wait for their answer, or for those of 50 statements with one Sync.`,
      tables: [...[...reports.values()].map(({ table }) => table), limit.table],
      data: { ...Object.fromEntries([...reports].map(([callers, { data }]) => [callers, data])), pgbench: limit.data },
    }
  },
}
