import { createPool } from "generic-pool"
import { type LendingOptions, type LendingPool, Opener } from "./lending-pool.ts"

/** @param settings best: a deadline for callers, checks and eviction of idle connections */
export function genericLending({ max, connectMs, acquireTimeoutMs, settings }: LendingOptions): LendingPool<object> {
  const opener = new Opener(connectMs)
  const factory = { create: () => opener.open().then(() => ({})), destroy: () => Promise.resolve(), validate: () => Promise.resolve(true) }
  const pool = createPool<object>(factory, {
    max,
    ...(settings === "best" && {
      acquireTimeoutMillis: 10_000,
      testOnBorrow: true,
      evictionRunIntervalMillis: 10_000,
      idleTimeoutMillis: 60_000,
    }),
    ...(acquireTimeoutMs !== undefined && { acquireTimeoutMillis: acquireTimeoutMs }),
  })
  return {
    acquire: () => pool.acquire() as Promise<object>,
    release: (connection) => void pool.release(connection),
    get opened() {
      return opener.opened
    },
  }
}
