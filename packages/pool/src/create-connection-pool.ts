import { isPgsdError, PgsdError } from "@pgsd/driver"
import { labelled } from "@pgsd/driver/calls"
import { ConnectionOpener, hasConnection } from "./connection-opener.ts"
import type { ConnectionPool } from "./connection-pool.ts"
import { type Resolved, resolveOptions, withLabelOf } from "./options.ts"
import { Pool } from "./pool.ts"
import type { ConnectionPoolOptions } from "./pool-options.ts"
import { sourceOf } from "./source.ts"

/**
 * Creates a pool for a driver and a connection, or for a function that opens one. Nothing is opened before it is needed, except for `min`.
 *
 * @throws PgsdError PGSD_INVALID_OPTION
 */
export function createConnectionPool(options: ConnectionPoolOptions): ConnectionPool {
  try {
    const resolved = resolveOptions(options)
    const opener = openerOf(options, resolved)
    const settings = opener === undefined ? resolved : withLabelOf(resolved, opener)
    return new Pool(settings, sourceOf(options, settings, opener))
  } catch (error) {
    const label = labelOf(options)
    // Options that are read from elsewhere may throw on their own.
    const known = isPgsdError(error)
      ? error
      : new PgsdError("PGSD_INVALID_OPTION", "the options of a pool cannot be read", { cause: error })
    throw label === undefined ? known : labelled(label, known)
  }
}

function labelOf(options: ConnectionPoolOptions): string | undefined {
  try {
    return typeof options?.label === "string" ? options.label : undefined
  } catch {
    return undefined
  }
}

function openerOf(options: ConnectionPoolOptions, settings: Resolved): ConnectionOpener | undefined {
  if (!hasConnection(options)) return undefined
  const { driver, connection, opening, label } = options
  const { acquireTimeoutMs, stepTimeoutMs: connectTimeoutMs, random, clock } = settings
  return new ConnectionOpener(driver, connection, { label, acquireTimeoutMs, connectTimeoutMs, opening, random, clock })
}
