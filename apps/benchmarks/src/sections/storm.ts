import { contestantName, FAULT_CONTESTANTS } from "../clients/contestants.ts"
import { formatFailure } from "../harness/format.ts"
import type { StormOptions, StormResult } from "../measures/storm.ts"
import type { Section } from "./section.ts"

export const stormSection: Section = {
  async run(bench) {
    const [waiters, durationMs] = bench.quick ? [10, 300] : [100, 10_000]
    bench.log(`storm: ${durationMs} ms`)
    const contestants = bench.sample(FAULT_CONTESTANTS)
    // In parallel: they mostly wait for timers, and each has its own server.
    const results = await Promise.all(
      contestants.map((each) => {
        const options: StormOptions = { ...each, waiters, durationMs }
        return bench
          .start()
          .run<StormResult>("storm", options, durationMs + 20_000)
          .catch((error: Error) => error)
      }),
    )
    const named = contestants.map((each, index) => ({ name: contestantName(each), result: results[index]! }))
    return {
      title: "Storm",
      meaning: `A server that accepts connections and closes them at once, ${waiters} callers who ask once, ${durationMs / 1_000} s, at most 10 connections. Attempts are the load on the server, or on the machine it is starting on; callers still waiting one second later may yet be served after a recovery, within their pool's timeouts.`,
      tables: [
        {
          caption: `accept, then close, for ${durationMs / 1_000} s`,
          columns: ["pool", "attempts", "callers rejected", "callers waiting"],
          rows: named.map(({ name, result }) =>
            result instanceof Error
              ? [name, formatFailure(result), "–", "–"]
              : [name, result.attempts.toLocaleString("en-US"), String(result.rejected), String(result.pending)],
          ),
        },
      ],
      data: named.map(({ name, result }) => ({ name, ...(result instanceof Error ? { error: result.message } : result) })),
    }
  },
}
