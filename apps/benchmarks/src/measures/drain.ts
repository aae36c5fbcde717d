import { type LendingContestant, lendingPool } from "../pools/contestants.ts"

export interface DrainOptions extends LendingContestant {
  readonly waiters: number
}

/** All callers queue for one connection, which is then released. @returns ms until the last one was served */
export async function drain({ pool: name, settings, waiters }: DrainOptions): Promise<number> {
  const pool = await lendingPool(name, { max: 1, settings, connectMs: 0 })
  const held = await pool.acquire()
  globalThis.gc?.()
  const served = Array.from({ length: waiters }, () => pool.acquire().then((lease) => pool.release(lease)))
  const since = performance.now()
  pool.release(held)
  await Promise.all(served)
  return performance.now() - since
}
