import { type LendingContestant, lendingPool } from "../pools/contestants.ts"
import type { LendingPool } from "../pools/lending-pool.ts"

export interface AcquireOptions extends LendingContestant {
  readonly max: number
  /** Concurrent callers; one alone never waits. */
  readonly callers: number
  /** Acquire and release, in all. */
  readonly operations: number
}

const WARM_UP_CALLERS = 100
const WARM_UP_OPERATIONS = 20_000

const pools = new Map<string, LendingPool>()

/** @returns ns per acquire + release */
export async function acquire({ pool: name, settings, max, callers, operations }: AcquireOptions): Promise<number> {
  const key = `${name} ${settings} ${max}`
  const pool = pools.get(key) ?? (await lendingPool(name, { max, settings, connectMs: 0 }))
  pools.set(key, pool)
  globalThis.gc?.()
  // After the collection, which discards optimized code whose objects are gone.
  await cycle(pool, Math.min(callers, WARM_UP_CALLERS), Math.min(operations, WARM_UP_OPERATIONS))
  const since = performance.now()
  if (callers === 1) for (let n = 0; n < operations; n++) pool.release(await pool.acquire())
  else await cycle(pool, callers, operations)
  return ((performance.now() - since) * 1e6) / operations
}

/** Each caller holds its connection for a turn of the microtask queue, so that others have to wait. */
async function cycle(pool: LendingPool, callers: number, operations: number): Promise<void> {
  let left = operations
  const caller = async () => {
    while (left-- > 0) {
      const lease = await pool.acquire()
      await undefined
      pool.release(lease)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
}
