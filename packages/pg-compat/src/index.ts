import type { ConnectionPool } from "@pgsd/pool"
import pg from "pg"
import type { PoolConfig } from "./options.ts"
import { CompatPool } from "./pool.ts"

export * from "pg"
export type { PgsdSettings, PoolConfig } from "./options.ts"

/** A subclass of pg.Pool that runs on a pool of @pgsd/pool. */
export interface Pool extends pg.Pool {
  /**
   * The underlying pool: `stats()`, `healthCheck()`, `evict()`, queries that can be aborted, and everything else that pg does not offer.
   */
  readonly pgsd: ConnectionPool
}

export const Pool: new (config?: PoolConfig) => Pool = CompatPool as never

/** pg's default export with this Pool. */
const compat: Omit<typeof pg, "Pool"> & { readonly Pool: typeof Pool } = Object.create(pg, { Pool: { value: Pool, enumerable: true } })

export default compat
