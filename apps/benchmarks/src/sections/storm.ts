import { contestantWords, FAULT_CONTESTANTS } from "../clients/contestants.ts"
import { failureWords } from "../harness/words.ts"
import type { StormOptions, StormResult } from "../measures/storm.ts"
import type { Section } from "./section.ts"

export const stormSection: Section = {
  async run(bench) {
    const [waiters, durationMs] = bench.quick ? [10, 300] : [100, 10_000]
    bench.say(`storm: ${durationMs} ms`)
    const contestants = bench.some(FAULT_CONTESTANTS)
    // Side by side: they wait for timers, and each has a server of its own.
    const results = await Promise.all(
      contestants.map((each) => {
        const options: StormOptions = { ...each, waiters, durationMs }
        return bench
          .start()
          .run<StormResult>("storm", options, durationMs + 20_000)
          .catch((error: Error) => error)
      }),
    )
    const named = contestants.map((each, index) => ({ name: contestantWords(each), result: results[index]! }))
    return {
      title: "Storm",
      meaning: `A server that accepts and hangs up at once, ${waiters} callers who ask once, ${durationMs / 1_000} s, at most 10 connections. Attempts are what the server, or the machine it is starting on, has to bear; callers who are still waiting one second later may yet be served when it recovers, within the limits of their pool.`,
      tables: [
        {
          caption: `accept, then close, for ${durationMs / 1_000} s`,
          columns: ["pool", "attempts", "callers told", "callers waiting"],
          rows: named.map(({ name, result }) =>
            result instanceof Error
              ? [name, failureWords(result), "–", "–"]
              : [name, result.attempts.toLocaleString("en-US"), String(result.rejected), String(result.pending)],
          ),
        },
      ],
      data: named.map(({ name, result }) => ({ name, ...(result instanceof Error ? { error: result.message } : result) })),
    }
  },
}
