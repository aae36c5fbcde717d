import { Pool } from "tarn"
import { type LendingOptions, type LendingPool, Opener } from "./lending-pool.ts"

/** @param settings best: validation as knex wires it; knex's deadlines are tarn's own or longer */
export function tarnLending({ max, connectMs, acquireTimeoutMs, settings }: LendingOptions): LendingPool<object> {
  const opener = new Opener(connectMs)
  const pool = new Pool<object>({
    create: () => opener.open().then(() => ({})),
    destroy: () => undefined,
    min: 0,
    max,
    ...(settings === "best" && { validate: () => true, acquireTimeoutMillis: 60_000, propagateCreateError: true }),
    ...(acquireTimeoutMs !== undefined && { acquireTimeoutMillis: acquireTimeoutMs }),
  })
  return {
    acquire: () => pool.acquire().promise,
    release: (connection) => void pool.release(connection),
    get opened() {
      return opener.opened
    },
  }
}
