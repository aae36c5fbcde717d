import { checkOptions, flag, PgsdError } from "@pgsd/driver"
import type { ConnectionPool } from "@pgsd/pool"
import {
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCompiler,
} from "kysely"
import { PoolDriver } from "./pool-driver.ts"

export interface PgsdDialectOptions {
  readonly pool: ConnectionPool
  /** `db.destroy()` closes the pool, too. @default true */
  readonly closePool?: boolean | undefined
}

/** The Kysely dialect for a pool of @pgsd/pool with any driver. Uses Kysely's compiler, introspection and migrations for PostgreSQL. */
export class PgsdDialect implements Dialect {
  readonly #pool: ConnectionPool
  readonly #closePool: boolean

  /** @throws PgsdError PGSD_INVALID_OPTION */
  constructor(options: PgsdDialectOptions) {
    checkOptions("option of PgsdDialect", options, { pool: isPool, closePool: flag })
    if (options.pool === undefined) throw noPool("pool is missing")
    this.#pool = options.pool
    this.#closePool = options.closePool ?? true
  }

  createDriver(): Driver {
    return new PoolDriver(this.#pool, this.#closePool)
  }

  createQueryCompiler(): QueryCompiler {
    return new PostgresQueryCompiler()
  }

  createAdapter(): DialectAdapter {
    return new PostgresAdapter()
  }

  // biome-ignore lint/suspicious/noExplicitAny: declared so by Kysely.
  createIntrospector(db: Kysely<any>): DatabaseIntrospector {
    return new PostgresIntrospector(db)
  }
}

function isPool(name: string, value: Partial<ConnectionPool>): void {
  if (typeof value?.acquire !== "function" || typeof value.stats !== "function") throw noPool(`${name} is not a pool of @pgsd/pool`)
}

function noPool(fact: string): PgsdError {
  return new PgsdError("PGSD_INVALID_OPTION", fact, {
    hint: "pass the result of createConnectionPool(); for pg.Pool use Kysely's PostgresDialect",
  })
}
