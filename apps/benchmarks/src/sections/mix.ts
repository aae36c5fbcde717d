import type { ClientName } from "../clients/contestants.ts"
import { formatFailure, formatSpread } from "../harness/format.ts"
import { interleaved } from "../harness/rounds.ts"
import { spreadOf } from "../harness/statistics.ts"
import type { MixOptions, MixResult } from "../measures/mix.ts"
import type { Section } from "./section.ts"
import { benchDatabase } from "./server.ts"

const CONTESTANTS: readonly ClientName[] = [
  "@pgsd/pool over the wire",
  "@pgsd/pool over the wire, pipelineDepth 32",
  "@pgsd/pool over the wire, pipelineDepth auto",
  "@pgsd/pool over pg",
  "pg-pool",
  "postgres.js",
]
const CALLERS = 100
const MAX = 10

export const mixSection: Section = {
  async run(bench) {
    await using database = await benchDatabase(bench)
    const [durationMs, rounds] = bench.quick ? [100, 1] : [2_500, 2]
    const tables = []
    const data: Record<string, unknown> = {}
    for (const distinctTexts of [true, false]) {
      bench.log(`mix: ${distinctTexts ? "the text tells" : "one text"}`)
      const results = new Map<ClientName, MixResult[]>()
      const failures = await interleaved({
        contestants: bench.sample(CONTESTANTS),
        rounds,
        budgetMs: 20_000,
        measure: async (client) => {
          const child = bench.start()
          try {
            const options: MixOptions = {
              client,
              settings: "defaults",
              server: database.address,
              max: MAX,
              callers: CALLERS,
              durationMs,
              distinctTexts,
            }
            const result = await child.run<MixResult>("mix", options, 60_000)
            results.set(client, [...(results.get(client) ?? []), result])
            return result.p99Ms
          } finally {
            await child.end()
          }
        },
      })
      tables.push({
        caption: `${distinctTexts ? "slow statements have their own text" : "fast and slow statements share one text"}: median (min..max) of the rounds`,
        columns: ["client", "fast statements: p50, ms", "p99, ms", "per second"],
        rows: [...failures].map(([client, found]) => {
          if (found instanceof Error) return [client, formatFailure(found), "–", "–"]
          const spread = (of: (result: MixResult) => number) => formatSpread(spreadOf(results.get(client)!.map(of)))
          return [client, spread(({ p50Ms }) => p50Ms), spread(({ p99Ms }) => p99Ms), spread(({ perSecond }) => perSecond)]
        }),
      })
      data[distinctTexts ? "distinctTexts" : "oneText"] = Object.fromEntries(results)
    }
    return {
      title: "A mix of fast and slow",
      meaning: `${CALLERS} callers over ${MAX} connections; one statement in a hundred takes 500 ms at the server, the others 1 ms. The tables show what the slow ones cost the fast ones: in a pipeline, fast statements queue behind a slow one.`,
      tables,
      data,
    }
  },
}
