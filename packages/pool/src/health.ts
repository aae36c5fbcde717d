import { abortable, type PgsdError, toPgsdError } from "@pgsd/driver"
import type { ConnectionPool, PoolHealth } from "./connection-pool.ts"
import type { PoolCore } from "./core/pool-core.ts"

/**
 * Checks every idle connection in parallel, within validateTimeoutMs. If none responds and the pool may open another one, that is attempted
 * within `probeTimeoutMs`: an empty pool is healthy if it can be filled.
 */
export async function checkHealth<T, L>(
  pool: ConnectionPool,
  core: PoolCore<T, L>,
  probeTimeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<PoolHealth> {
  signal?.throwIfAborted()
  const answers = core.state === "open" ? await abortable(Promise.all(core.checkIdle(0)), signal) : []
  const alive = answers.filter((each) => each).length
  let error: PgsdError | undefined
  let healthy = core.state === "open"
  if (healthy && alive === 0) {
    const { leased, max } = pool.stats()
    // All connections are leased: their holders would notice problems first.
    if (leased === max) healthy = core.failures === 0
    else error = await probe(pool, probeTimeoutMs, signal)
    if (error !== undefined) healthy = false
  }
  return { healthy, checked: answers.length, replaced: answers.length - alive, ...(error && { error }), ...pool.stats() }
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
