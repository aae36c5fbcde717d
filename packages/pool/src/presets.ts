import type { PoolSettings } from "./pool-options.ts"

/**
 * For PgBouncer in transaction mode, where a session is only one's own inside a transaction: nothing is sent on release, and checks
 * are an empty query; `settings` are refused. Spread it into the options; keep LISTEN, SET and `prepare` (before PgBouncer 1.21) out of such a pool.
 */
export const pgBouncerSettings: Pick<PoolSettings, "reset" | "pooler"> = Object.freeze({ reset: "none", pooler: "transaction" })
