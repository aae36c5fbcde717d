import type { ConnectionPool } from "@pgsd/pool"
import pg from "pg"
import type { PoolConfig } from "./options.ts"
import { CompatPool } from "./pool.ts"

export * from "pg"
export type { PgsdSettings, PoolConfig } from "./options.ts"

/** pg.Pool, of which it is a subclass, over a pool of @pgsd/pool. */
export interface Pool extends pg.Pool {
  /** The pool behind it: `stats()`, `healthCheck()`, `evict()`, queries that can be aborted, and all else that pg has no name for. */
  readonly pgsd: ConnectionPool
}

export const Pool: new (config?: PoolConfig) => Pool = CompatPool as never

/** All of pg's default export, with this Pool. */
const compat: Omit<typeof pg, "Pool"> & { readonly Pool: typeof Pool } = Object.create(pg, { Pool: { value: Pool, enumerable: true } })

export default compat
