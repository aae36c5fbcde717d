import { formatFailure, formatSpread } from "../harness/format.ts"
import { spreadOf } from "../harness/statistics.ts"
import type { MassTimeoutOptions, MassTimeoutResult } from "../measures/mass-timeout.ts"
import { WITH_DEADLINE } from "../pools/contestants.ts"
import type { Section } from "./section.ts"

export const timeoutSection: Section = {
  async run(bench) {
    const [waiters, limitMs, rounds] = bench.quick ? [200, 200, 1] : [10_000, 1_000, 5]
    const pools = bench.sample(WITH_DEADLINE)
    const children = pools.map((pool) => ({ pool, child: bench.start() }))
    const results = new Map<string, MassTimeoutResult[] | Error>(pools.map((pool) => [pool, []]))
    for (let round = 0; round < rounds; round++)
      for (const { pool, child } of children) {
        bench.log(`timeout: ${pool}, round ${round + 1}`)
        const options: MassTimeoutOptions = { pool, settings: "defaults", waiters, limitMs }
        const result = await child.run<MassTimeoutResult>("massTimeout", options, 30_000).catch((error: Error) => error)
        const sofar = results.get(pool)!
        if (result instanceof Error) results.set(pool, result)
        else if (!(sofar instanceof Error)) sofar.push(result)
      }
    return {
      title: "Mass timeout",
      meaning: `All callers wait for a connection that is never released, with a timeout of ${limitMs} ms. The stall is the longest time for which rejecting them blocked the event loop. postgres.js and slonik have no such timeout: their callers wait forever.`,
      tables: [
        {
          caption: `${waiters.toLocaleString("en-US")} waiting callers, timeout ${limitMs} ms: median (min..max)`,
          columns: ["pool", "rejected", "last rejection after, ms", "stall, ms"],
          rows: [...results].map(([pool, all]) => (all instanceof Error ? [pool, formatFailure(all), "–", "–"] : row(pool, all))),
        },
      ],
      data: Object.fromEntries([...results].map(([pool, all]) => [pool, all instanceof Error ? { error: all.message } : all])),
    }
  },
}

function row(pool: string, all: readonly MassTimeoutResult[]): string[] {
  const spread = (of: (result: MassTimeoutResult) => number) => formatSpread(spreadOf(all.map(of)))
  return [pool, String(Math.min(...all.map(({ rejected }) => rejected))), spread(({ tookMs }) => tookMs), spread(({ stallMs }) => stallMs)]
}
