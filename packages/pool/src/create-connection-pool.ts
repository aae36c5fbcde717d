import { labelled } from "@pgsd/driver/session"
import type { ConnectionPool } from "./connection-pool.ts"
import { Door } from "./door.ts"
import { type Resolved, resolveOptions } from "./options.ts"
import { Pool } from "./pool.ts"
import type { ConnectionPoolOptions } from "./pool-options.ts"
import { sourceOf } from "./source.ts"

/**
 * A pool over a driver and a connection, or over a function that opens one. Nothing is opened before it is wanted, but for `min`.
 *
 * @throws PgsdError PGSD_INVALID_OPTION
 */
export function createConnectionPool(options: ConnectionPoolOptions): ConnectionPool {
  try {
    const resolved = resolveOptions(options)
    const door = doorOf(options, resolved)
    const settings = door === undefined ? resolved : { ...resolved, label: door.label }
    return new Pool(settings, sourceOf(options, settings, door))
  } catch (error) {
    throw typeof options?.label === "string" ? labelled(options.label, error) : error
  }
}

function doorOf({ driver, connection, opening, label }: ConnectionPoolOptions, settings: Resolved): Door | undefined {
  // A driver without a network has nothing to search for.
  if (driver === undefined || connection === undefined || !driver.supports.network) return undefined
  const { acquireTimeoutMs, driverTimeoutMs, random } = settings
  return new Door(driver, connection, { label, acquireTimeoutMs, connectTimeoutMs: driverTimeoutMs, opening, random })
}
