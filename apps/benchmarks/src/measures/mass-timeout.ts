import { type LendingContestant, lendingPool } from "../pools/contestants.ts"
import type { LendingPool } from "../pools/lending-pool.ts"

export interface MassTimeoutOptions extends LendingContestant {
  readonly waiters: number
  readonly limitMs: number
}

export interface MassTimeoutResult {
  readonly rejected: number
  /** From the first call to the last rejection, in ms. */
  readonly tookMs: number
  /** The longest turn of the event loop while callers were rejected, in ms. */
  readonly stallMs: number
}

/** The only connection stays taken until all callers have timed out. */
export async function massTimeout({ pool: name, settings, waiters, limitMs }: MassTimeoutOptions): Promise<MassTimeoutResult> {
  const pool = await lendingPool(name, { max: 1, settings, connectMs: 0, acquireTimeoutMs: limitMs })
  const held = await firstConnection(pool)
  globalThis.gc?.()
  const since = performance.now()
  let rejected = 0
  const all = Array.from({ length: waiters }, () => pool.acquire().catch(() => void rejected++))
  // Queueing is not measured.
  await new Promise((resolve) => setTimeout(resolve, limitMs / 2))
  let stallMs = 0
  let last = performance.now()
  const sampling = setInterval(() => {
    const now = performance.now()
    stallMs = Math.max(stallMs, now - last - 1)
    last = now
  }, 1)
  await Promise.all(all)
  const tookMs = performance.now() - since
  // The turn that rejects the last caller ends with the next tick.
  await new Promise((resolve) => setTimeout(resolve, 5))
  clearInterval(sampling)
  pool.release(held)
  return { rejected, tookMs, stallMs }
}

/** The first attempt may take longer than the limit of a quick run, because code is loaded on demand. */
async function firstConnection(pool: LendingPool): Promise<unknown> {
  for (let left = 20; ; left--)
    try {
      return await pool.acquire()
    } catch (error) {
      if (left === 0) throw error
    }
}
