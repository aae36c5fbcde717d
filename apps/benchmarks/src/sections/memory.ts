import { interleaved } from "../harness/rounds.ts"
import type { MemoryOptions } from "../measures/memory.ts"
import { LENDING_CONTESTANTS, LENDING_NAMES, type LendingContestant } from "../pools/contestants.ts"
import { COMPARISON_COLUMNS, comparisonRows, type Found, foundData } from "./lending.ts"
import type { Bench, Section } from "./section.ts"

export const memorySection: Section = {
  async run(bench) {
    const [waiters, idle] = bench.quick ? [500, 50] : [20_000, 1_000]
    bench.log("memory: waiters")
    const perWaiter = await measure(bench, "memoryPerWaiter", waiters)
    bench.log("memory: idle connections")
    const perIdle = await measure(bench, "memoryPerIdle", idle)
    const columns = COMPARISON_COLUMNS
    return {
      title: "Memory",
      meaning:
        "Heap after a full collection, in a new process each time: the cost of a waiting caller, its promise included, and of an idle connection, without the connection itself (for postgres.js with it, as the two cannot be separated).",
      tables: [
        {
          caption: `bytes per waiting caller (${waiters.toLocaleString("en-US")}): median (min..max)`,
          columns,
          rows: comparisonRows(perWaiter, LENDING_NAMES),
        },
        {
          caption: `bytes per idle connection (${idle.toLocaleString("en-US")}): median (min..max)`,
          columns,
          rows: comparisonRows(perIdle, LENDING_NAMES),
        },
      ],
      data: { perWaiter: foundData(perWaiter), perIdle: foundData(perIdle) },
    }
  },
}

/** A process per round: leftovers of one would be counted in the next. */
function measure(bench: Bench, task: string, count: number): Promise<Found> {
  return interleaved<LendingContestant>({
    contestants: bench.sample(LENDING_CONTESTANTS),
    rounds: bench.quick ? 1 : 3,
    budgetMs: 30_000,
    measure: async (each) => {
      const child = bench.start()
      try {
        return await child.run<number>(task, { ...each, count } satisfies MemoryOptions, 60_000)
      } finally {
        await child.end()
      }
    },
  })
}
