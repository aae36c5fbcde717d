import { setTimeout as pause } from "node:timers/promises"
import type { ConnectionPool } from "@pgsd/pool"

/** Pause between two queries of one caller, in ms. */
const LONGEST_PAUSE_MS = 60
/** After a failure, in ms: the pool has its own backoff, and a page full of one error is useless. */
const PAUSE_AFTER_FAILURE_MS = 500
const ACQUIRE_TIMEOUT_MS = 2_000

/** Callers that run small queries on a pool until `signal` fires. Nothing is written: each statement runs READ ONLY. */
export async function putLoad(pool: ConnectionPool, callers: number, signal: AbortSignal): Promise<void> {
  await Promise.all(Array.from({ length: callers }, () => askAgainAndAgain(pool, signal)))
}

async function askAgainAndAgain(pool: ConnectionPool, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const failed = await ask(pool, signal).then(
      () => false,
      () => true,
    )
    await pause(failed ? PAUSE_AFTER_FAILURE_MS : Math.random() * LONGEST_PAUSE_MS, undefined, { signal }).catch(() => {})
  }
}

// Failures are on the page, which gets them from the pool.
async function ask(pool: ConnectionPool, signal: AbortSignal): Promise<void> {
  const options = { readOnly: true, acquireTimeoutMs: ACQUIRE_TIMEOUT_MS, signal } as const
  await pool.transaction(async (transaction) => {
    await transaction.query("SELECT pg_catalog.count(*) FROM pg_catalog.pg_class")
    if (Math.random() < 0.2) await transaction.query("SELECT pg_catalog.pg_sleep($1)", [0.01 + Math.random() * 0.05])
  }, options)
}
