import { interleaved } from "../harness/rounds.ts"
import type { DrainOptions } from "../measures/drain.ts"
import { LENDING_CONTESTANTS, LENDING_NAMES } from "../pools/contestants.ts"
import { COMPARISON_COLUMNS, comparisonRows, foundData, processes } from "./lending.ts"
import type { Section } from "./section.ts"

const WAITERS = 100_000

export const drainSection: Section = {
  async run(bench) {
    const waiters = bench.quick ? 200 : WAITERS
    const children = processes(bench, bench.sample(LENDING_CONTESTANTS))
    bench.log(`drain: ${waiters} waiters`)
    const found = await interleaved({
      contestants: [...children.keys()],
      rounds: bench.quick ? 1 : 5,
      budgetMs: 4_000,
      measure: (each) => children.get(each)!.run<number>("drain", { ...each, waiters } satisfies DrainOptions, 120_000),
    })
    return {
      title: "Drain",
      meaning: "Callers queue for one connection, and each releases it at once: the cost of a long queue.",
      tables: [
        {
          caption: `${waiters.toLocaleString("en-US")} waiting callers, one connection: ms, median (min..max)`,
          columns: COMPARISON_COLUMNS,
          rows: comparisonRows(found, LENDING_NAMES),
        },
      ],
      data: foundData(found),
    }
  },
}
