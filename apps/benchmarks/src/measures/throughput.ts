import type { Client, ClientOptions } from "../clients/client.ts"
import { type ClientContestant, connectClient } from "../clients/contestants.ts"
import { quantile } from "../harness/statistics.ts"
import { WORKS, type Work, type WorkName } from "./works.ts"

export interface ThroughputOptions extends ClientContestant {
  readonly server: Omit<ClientOptions, "max" | "settings" | "applicationName">
  readonly max: number
  readonly work: WorkName
  readonly callers: number
  readonly warmUpMs: number
  readonly durationMs: number
}

export interface ThroughputResult {
  /** Of what the work counts. */
  readonly perSecond: number
  /** Of one call. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of this process: the client's, its pool's and its driver's, in microseconds for each of what the work counts. */
  readonly cpuUs: number
}

const clients = new Map<string, Promise<Client>>()

/** Each caller does its work, awaits the outcome and does it again. */
export async function throughput(options: ThroughputOptions): Promise<ThroughputResult> {
  const { client: name, settings, server, max, work: workName, callers, warmUpMs, durationMs } = options
  const work: Work = WORKS[workName]
  const open = () => connectClient(name, { ...server, max, settings, applicationName: "bench" })
  const key = JSON.stringify([name, settings, max, server])
  if (!work.connects && !clients.has(key)) clients.set(key, open())
  const shared = await clients.get(key)
  const call = shared === undefined ? () => connecting(work, open) : () => work.run(shared)
  globalThis.gc?.()
  // After the collection, which throws away optimized code whose objects are gone.
  if (warmUpMs > 0) await run(call, callers, warmUpMs)
  const since = performance.now()
  const cpuBefore = process.cpuUsage()
  const latencies = await run(call, callers, durationMs)
  const { user, system } = process.cpuUsage(cpuBefore)
  const tookMs = performance.now() - since
  const sorted = Float64Array.from(latencies).sort()
  const units = sorted.length * work.units
  return {
    perSecond: (units * 1_000) / tookMs,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    cpuUs: (user + system) / units,
  }
}

async function connecting(work: Work, open: () => Promise<Client>): Promise<void> {
  const client = await open()
  try {
    await work.run(client)
  } finally {
    await client.close()
  }
}

async function run(call: () => Promise<void>, callers: number, durationMs: number): Promise<number[]> {
  const latencies: number[] = []
  const until = performance.now() + durationMs
  const caller = async () => {
    for (let since = performance.now(); since < until; ) {
      await call()
      const now = performance.now()
      latencies.push(now - since)
      since = now
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return latencies
}
