import { abortable, type Clock, limit, type PgsdError, toPgsdError } from "@pgsd/driver"
import { QueryTimeoutError } from "@pgsd/driver/calls"
import type { ConnectionPool, HealthCheckOptions, PoolHealth } from "./connection-pool.ts"
import type { PoolCore } from "./core/pool-core.ts"

/**
 * Checks every idle connection in parallel, within validateTimeoutMs. If none responds and the pool may open another one, that is attempted
 * within `probeTimeoutMs`: an empty pool is healthy if it can be filled.
 */
export async function checkHealth<T, L>(
  pool: ConnectionPool,
  core: PoolCore<T, L>,
  clock: Clock,
  probeTimeoutMs: number,
  { signal, timeoutMs = Number.POSITIVE_INFINITY }: HealthCheckOptions,
): Promise<PoolHealth> {
  signal?.throwIfAborted()
  const until = clock.now() + timeoutMs
  // Its own, by identity: the reason of the caller's signal may be an error of the same class.
  let timedOut: QueryTimeoutError | undefined
  const timeOut = () => {
    timedOut = new QueryTimeoutError(timeoutMs, pool.label, "check")
    return timedOut
  }
  const bounds = limit(signal, timeoutMs, timeOut, clock)
  try {
    const answers = core.state === "open" ? await abortable(Promise.all(core.checkIdle(0)), bounds.signal) : []
    const alive = answers.filter((each) => each).length
    let error: PgsdError | undefined
    let healthy = core.state === "open"
    if (healthy && alive === 0) {
      const { leased, max } = pool.stats()
      // All connections are leased: their holders would notice problems first.
      if (leased === max) healthy = core.failures === 0
      else error = await probe(pool, Math.min(probeTimeoutMs, Math.max(1, until - clock.now())), signal)
      if (error !== undefined) healthy = false
    }
    return { healthy, checked: answers.length, replaced: answers.length - alive, ...(error && { error }), ...pool.stats() }
  } catch (error) {
    if (timedOut === undefined || error !== timedOut) throw error
    return { healthy: false, checked: 0, replaced: 0, error: timedOut, ...pool.stats() }
  } finally {
    bounds.end()
  }
}

async function probe(pool: ConnectionPool, timeoutMs: number, signal: AbortSignal | undefined): Promise<PgsdError | undefined> {
  try {
    const lease = await pool.acquire({ acquireTimeoutMs: timeoutMs, signal })
    lease.release()
    return undefined
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    return toPgsdError(error, { label: pool.label })
  }
}
