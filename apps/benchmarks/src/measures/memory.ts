import { type LendingContestant, lendingPool } from "../pools/contestants.ts"

export interface MemoryOptions extends LendingContestant {
  readonly count: number
}

/** @returns bytes of heap per waiting caller, its promise included */
export async function memoryPerWaiter({ pool: name, settings, count }: MemoryOptions): Promise<number> {
  const pool = await lendingPool(name, { max: 1, settings, connectMs: 0 })
  await pool.acquire()
  const waiting = new Array<Promise<unknown>>(count).fill(Promise.resolve())
  const before = heapUsed()
  for (let n = 0; n < count; n++) waiting[n] = pool.acquire()
  const bytes = (heapUsed() - before) / count
  return waiting.length === count ? bytes : Number.NaN
}

/** @returns bytes of heap that the pool adds per idle connection; the connections are stubs */
export async function memoryPerIdle({ pool: name, settings, count }: MemoryOptions): Promise<number> {
  const pool = await lendingPool(name, { max: count, settings, connectMs: 0 })
  pool.release(await pool.acquire())
  const before = heapUsed()
  const leases = await Promise.all(Array.from({ length: count }, () => pool.acquire()))
  for (const lease of leases) pool.release(lease)
  leases.length = 0
  await new Promise((resolve) => setImmediate(resolve))
  const bytes = (heapUsed() - before) / pool.opened
  pool.release(await pool.acquire())
  return bytes
}

function heapUsed(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
