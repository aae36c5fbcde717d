import { labelled } from "@pgsd/driver/session"
import type { ConnectionPool } from "./connection-pool.ts"
import { resolveOptions } from "./options.ts"
import { Pool } from "./pool.ts"
import type { ConnectionPoolOptions } from "./pool-options.ts"
import { sourceOf } from "./source.ts"

/**
 * A pool over a driver and a target, or over a function that opens one connection. Nothing is opened before it is wanted, but for `min`.
 *
 * @throws PgsdError PGSD_INVALID_OPTION
 */
export function createConnectionPool(options: ConnectionPoolOptions): ConnectionPool {
  try {
    const settings = resolveOptions(options)
    return new Pool(settings, sourceOf(options, settings))
  } catch (error) {
    throw typeof options?.label === "string" ? labelled(options.label, error) : error
  }
}
