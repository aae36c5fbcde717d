import { labelled } from "@pgsd/driver/session"
import type { ConnectionPool } from "./connection-pool.ts"
import { Door, isSearched } from "./door.ts"
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

function doorOf(options: ConnectionPoolOptions, settings: Resolved): Door | undefined {
  if (!isSearched(options)) return undefined
  const { driver, connection, opening, label } = options
  const { acquireTimeoutMs, addressTimeoutMs, random } = settings
  return new Door(driver, connection, { label, acquireTimeoutMs, connectTimeoutMs: addressTimeoutMs, opening, random })
}
