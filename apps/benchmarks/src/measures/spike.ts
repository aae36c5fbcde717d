import { type LendingContestant, lendingPool } from "../pools/contestants.ts"

export interface SpikeOptions extends LendingContestant {
  readonly max: number
  readonly warm: number
  readonly requests: number
  readonly connectMs: number
  readonly queryMs: number
}

export interface SpikeResult {
  readonly tookMs: number
  /** The warm ones included. */
  readonly opened: number
}

/** HikariCP's spike test: do requests wait for their own connections while others are released? */
export async function spike({ pool: name, settings, max, warm, requests, connectMs, queryMs }: SpikeOptions): Promise<SpikeResult> {
  const pool = await lendingPool(name, { max, settings, connectMs })
  const leases = await Promise.all(Array.from({ length: warm }, () => pool.acquire()))
  for (const lease of leases) pool.release(lease)
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  await sleep(5)
  const request = async () => {
    const lease = await pool.acquire()
    await sleep(queryMs)
    pool.release(lease)
  }
  const since = performance.now()
  await Promise.all(Array.from({ length: requests }, request))
  const tookMs = performance.now() - since
  // Connections started for the spike may arrive after it.
  await sleep(connectMs * 2)
  return { tookMs, opened: pool.opened }
}
