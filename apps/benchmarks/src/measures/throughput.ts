import type { Client, ClientOptions } from "../clients/client.ts"
import { type ClientContestant, connectClient } from "../clients/contestants.ts"
import { quantile } from "../harness/statistics.ts"

export interface ThroughputOptions extends ClientContestant {
  readonly server: Omit<ClientOptions, "max" | "settings" | "applicationName">
  readonly max: number
  readonly callers: number
  readonly durationMs: number
}

export interface ThroughputResult {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of this process: the client's, its pool's and its driver's, in microseconds for each query. */
  readonly cpuUs: number
}

const WARM_UP_MS = 80

const clients = new Map<string, Client>()

/** Each caller sends a statement, awaits its row and sends the next one. */
export async function throughput({
  client: name,
  settings,
  server,
  max,
  callers,
  durationMs,
}: ThroughputOptions): Promise<ThroughputResult> {
  const key = `${name} ${settings} ${max}`
  const client = clients.get(key) ?? (await connectClient(name, { ...server, max, settings, applicationName: "bench" }))
  clients.set(key, client)
  globalThis.gc?.()
  // After the collection, which throws away optimized code whose objects are gone.
  await run(client, callers, WARM_UP_MS)
  const since = performance.now()
  const cpuBefore = process.cpuUsage()
  const latencies = await run(client, callers, durationMs)
  const { user, system } = process.cpuUsage(cpuBefore)
  const tookMs = performance.now() - since
  const sorted = Float64Array.from(latencies).sort()
  return {
    perSecond: (sorted.length * 1_000) / tookMs,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    cpuUs: (user + system) / sorted.length,
  }
}

async function run(client: Client, callers: number, durationMs: number): Promise<number[]> {
  const latencies: number[] = []
  const until = performance.now() + durationMs
  const caller = async () => {
    for (let since = performance.now(); since < until; ) {
      const rows = await client.query("select 1 as one")
      if (rows.length !== 1) throw new Error(`${rows.length} rows instead of 1`)
      const now = performance.now()
      latencies.push(now - since)
      since = now
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return latencies
}
