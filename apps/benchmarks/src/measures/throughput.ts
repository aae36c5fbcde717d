import type { Client, ClientOptions } from "../clients/client.ts"
import { type ClientContestant, connectClient } from "../clients/contestants.ts"
import { quantile } from "../harness/statistics.ts"
import { WORKLOADS, type Workload, type WorkloadName } from "./workloads.ts"

export interface ThroughputOptions extends ClientContestant {
  readonly server: Omit<ClientOptions, "max" | "settings" | "applicationName">
  readonly max: number
  readonly workload: WorkloadName
  readonly callers: number
  readonly warmUpMs: number
  readonly durationMs: number
}

export interface ThroughputResult {
  /** Of the workload's units. */
  readonly perSecond: number
  /** Latency of one call. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU time of this process (client, pool and driver) per unit, in µs. */
  readonly cpuUs: number
}

const clients = new Map<string, Promise<Client>>()

/** Each caller runs the workload again and again. */
export async function throughput(options: ThroughputOptions): Promise<ThroughputResult> {
  const { client: name, settings, server, max, workload: workloadName, callers, warmUpMs, durationMs } = options
  const workload: Workload = WORKLOADS[workloadName]
  const open = () => connectClient(name, { ...server, max, settings, applicationName: "bench" })
  const key = JSON.stringify([name, settings, max, server])
  if (!workload.connects && !clients.has(key)) clients.set(key, open())
  const shared = await clients.get(key)
  const call = shared === undefined ? () => connecting(workload, open) : () => workload.run(shared)
  globalThis.gc?.()
  // After the collection, which discards optimized code whose objects are gone.
  if (warmUpMs > 0) await run(call, callers, warmUpMs)
  const since = performance.now()
  const cpuBefore = process.cpuUsage()
  const latencies = await run(call, callers, durationMs)
  const { user, system } = process.cpuUsage(cpuBefore)
  const tookMs = performance.now() - since
  const sorted = Float64Array.from(latencies).sort()
  const units = sorted.length * workload.units
  return {
    perSecond: (units * 1_000) / tookMs,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    cpuUs: (user + system) / units,
  }
}

async function connecting(workload: Workload, open: () => Promise<Client>): Promise<void> {
  const client = await open()
  try {
    await workload.run(client)
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
