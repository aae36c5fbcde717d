import type { PoolSettings } from "./pool-options.ts"

/**
 * Options for PgBouncer in transaction mode, where a session is exclusive only inside a transaction: nothing is sent on release, checks are
 * an empty query, and `settings` are rejected. Spread it into the options; do not use LISTEN, SET or `prepare` (before PgBouncer 1.21) with
 * such a pool.
 */
export const pgBouncerSettings: Pick<PoolSettings, "reset" | "pooler"> = Object.freeze({ reset: "none", pooler: "transaction" })
