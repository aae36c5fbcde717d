import { setTimeout as pause } from "node:timers/promises"
import type { ConnectionPool } from "@pgsd/pool"

/** Between two questions of one caller, in ms. */
const LONGEST_PAUSE_MS = 60
/** After a failure, in ms: the pool backs off by itself, and a page full of one failure says nothing. */
const PAUSE_AFTER_FAILURE_MS = 500
const ACQUIRE_TIMEOUT_MS = 2_000

/** Callers that ask a pool for small things until `signal` fires. Nothing is written: each statement runs READ ONLY. */
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

// What fails is on the page: the pool tells it.
async function ask(pool: ConnectionPool, signal: AbortSignal): Promise<void> {
  const options = { readOnly: true, acquireTimeoutMs: ACQUIRE_TIMEOUT_MS, signal } as const
  await pool.transaction(async (transaction) => {
    await transaction.query("SELECT pg_catalog.count(*) FROM pg_catalog.pg_class")
    if (Math.random() < 0.2) await transaction.query("SELECT pg_catalog.pg_sleep($1)", [0.01 + Math.random() * 0.05])
  }, options)
}
