import { interleaved } from "../harness/rounds.ts"
import type { MemoryOptions } from "../measures/memory.ts"
import { LENDING_CONTESTANTS, LENDING_NAMES, type LendingContestant } from "../pools/contestants.ts"
import { COMPARISON_COLUMNS, comparisonRows, type Found, foundData } from "./lending.ts"
import type { Bench, Section } from "./section.ts"

export const memorySection: Section = {
  async run(bench) {
    const [waiters, idle] = bench.quick ? [500, 50] : [20_000, 1_000]
    bench.say("memory: waiters")
    const perWaiter = await measure(bench, "memoryPerWaiter", waiters)
    bench.say("memory: idle connections")
    const perIdle = await measure(bench, "memoryPerIdle", idle)
    const columns = COMPARISON_COLUMNS
    return {
      title: "Memory",
      meaning:
        "Heap after a full collection, in a process of its own each time: what a caller costs while it waits, its promise included, and what the pool keeps per idle connection beside the connection itself (of postgres.js: the connection, too, which it cannot be told apart from).",
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

/** What is left over from one round would be counted in the next: a process each. */
function measure(bench: Bench, task: string, count: number): Promise<Found> {
  return interleaved<LendingContestant>({
    contestants: bench.some(LENDING_CONTESTANTS),
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
