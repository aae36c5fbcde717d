import type { ClientName } from "../clients/contestants.ts"
import { pgbenchTable } from "./pgbench.ts"
import { type RaceReport, raceProcesses, runRace } from "./race.ts"
import type { Section } from "./section.ts"
import { benchDatabase } from "./server.ts"

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
    const processes = raceProcesses(bench, CLIENTS)
    const races = new Map<number, RaceReport>()
    for (const callers of bench.quick ? [10] : CALLERS) {
      bench.say(`query: ${callers} callers`)
      const caption = `${callers.toLocaleString("en-US")} ${callers === 1 ? "caller" : "callers"}`
      const unit = { one: "query", many: "queries" }
      const race = { caption, work: "select", unit, clients: CLIENTS, callers, sizes: SIZES, rounds: 5, roundMs: 250 } as const
      races.set(callers, await runRace(bench, race, processes, database.address))
    }
    bench.say("query: pgbench")
    const limit = await pgbenchTable(bench, database.address)
    return {
      title: "One-shot queries",
      meaning: `\`query("select 1 as one")\` against PostgreSQL ${database.serverVersion} over TCP on the same machine, which shares its cores with the callers; each caller awaits its row and sends the next. Each contestant at its own best pool size of ${SIZES.join(", ")}, chosen by a trial run for each number of callers. postgres.js sends it in its own way, as a prepared statement in a pipeline, up to 100 deep; its processes last through all rounds, because what it does with more than one connection slows down as it goes on. "floor" is the least that a client with a promise for each query can do: bytes made beforehand, frames found, nothing read. CPU is what the process of the contestant used, for each query: it says what is left for the program. Of queries per second a ratio over 1 is faster. The limit is pgbench, a program in C whose every client waits for its answer, or for those of 50 statements with one Sync.`,
      tables: [...[...races.values()].map(({ table }) => table), limit.table],
      data: { ...Object.fromEntries([...races].map(([callers, { data }]) => [callers, data])), pgbench: limit.data },
    }
  },
}
