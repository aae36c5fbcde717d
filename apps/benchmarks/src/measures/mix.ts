import type { Client, ClientOptions } from "../clients/client.ts"
import { type ClientContestant, connectClient } from "../clients/contestants.ts"
import { quantile } from "../harness/statistics.ts"

export interface MixOptions extends ClientContestant {
  readonly server: Omit<ClientOptions, "max" | "settings" | "applicationName">
  readonly max: number
  readonly callers: number
  readonly durationMs: number
  /** Slow statements have their own text; otherwise all share one. */
  readonly distinctTexts: boolean
}

export interface MixResult {
  readonly perSecond: number
  /** Of the fast statements. */
  readonly p50Ms: number
  readonly p99Ms: number
}

const SLOW_SHARE = 0.01
const statement = (slow: string) =>
  `select s.slow, pg_sleep(case when s.slow then 0.5 else 0.001 end) from (select ${slow} as slow offset 0) as s`
const FAST = statement("false")
const SLOW = statement("true")
const EITHER = statement(`random() < ${SLOW_SHARE}`)

/** Callers whose statements take 1 ms at the server, but for one in a hundred, which takes 500 ms. */
export async function mix({ client: name, settings, server, max, callers, durationMs, distinctTexts }: MixOptions): Promise<MixResult> {
  const client = await connectClient(name, { ...server, max, settings, applicationName: "bench" })
  // A warm-up for pools that learn from the statements they have seen.
  await run(client, callers, 500, distinctTexts)
  const since = performance.now()
  const latencies = await run(client, callers, durationMs, distinctTexts)
  const perSecond = (latencies.length * 1_000) / (performance.now() - since)
  await client.close()
  const sorted = Float64Array.from(latencies).sort()
  return { perSecond, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) }
}

async function run(client: Client, callers: number, durationMs: number, distinctTexts: boolean): Promise<number[]> {
  const latencies: number[] = []
  const until = performance.now() + durationMs
  const caller = async () => {
    for (let since = performance.now(); since < until; ) {
      const [row] = await client.query(distinctTexts ? (Math.random() < SLOW_SHARE ? SLOW : FAST) : EITHER)
      const now = performance.now()
      if (row!.slow === false) latencies.push(now - since)
      since = now
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return latencies
}
