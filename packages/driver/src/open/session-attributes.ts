import { place, toPgsdError } from "../classify.ts"
import type { TargetSessionAttrs } from "../connection-config.ts"
import type { Connection } from "../contract.ts"
import { DatabaseConnectionError } from "../errors.ts"

/**
 * Checks a session against target_session_attrs, by ParameterStatus if the server reports it (14 and newer), otherwise with one query, as
 * libpq does.
 *
 * @returns libpq's message for a mismatch, undefined for a match
 */
export async function unfitFor(
  wanted: TargetSessionAttrs,
  connection: Connection,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (wanted === "any") return undefined
  if (wanted === "read-write" || wanted === "read-only") {
    const readOnly = await isReadOnly(connection, signal)
    if (readOnly === (wanted === "read-only")) return undefined
    return readOnly ? "session is read-only" : "session is not read-only"
  }
  const standby = await isStandby(connection, signal)
  if (standby === (wanted !== "primary")) return undefined
  return standby ? "server is in hot standby mode" : "server is not in hot standby mode"
}

async function isReadOnly(connection: Connection, signal: AbortSignal | undefined): Promise<boolean> {
  const { default_transaction_read_only: byDefault, in_hot_standby: standby } = connection.serverParameters
  if (byDefault !== undefined && standby !== undefined) return byDefault === "on" || standby === "on"
  const { rows } = await connection.query<{ value: string }>(
    "SELECT pg_catalog.current_setting('transaction_read_only') AS value",
    undefined,
    { signal },
  )
  return rows[0]?.value === "on"
}

async function isStandby(connection: Connection, signal: AbortSignal | undefined): Promise<boolean> {
  const { in_hot_standby: standby } = connection.serverParameters
  if (standby !== undefined) return standby === "on"
  const { rows } = await connection.query<{ value: boolean }>("SELECT pg_catalog.pg_is_in_recovery() AS value", undefined, { signal })
  return rows[0]?.value === true
}

/** The error of an attempt that reached a server that does not match. A failover may change that, so it is retryable. */
export function sessionError(text: string, connection: Connection): DatabaseConnectionError {
  const { label, host, address, port, user, database } = connection.info
  const where = host === undefined ? label : place({ host, port })
  return new DatabaseConnectionError("PGSD_SESSION_ATTRS", `${where}: ${text}`, {
    phase: "session",
    retryable: true,
    label,
    host,
    address,
    port,
    user,
    database,
  })
}

/** Any failure of the check counts as a mismatch: the next host is tried. */
export function checkFailed(error: unknown, connection: Connection): DatabaseConnectionError {
  const cause = toPgsdError(error)
  const { label, host, address, port, user, database } = connection.info
  return new DatabaseConnectionError(cause.code, `${label}: could not determine whether it is primary or standby: ${cause.message}`, {
    phase: "session",
    cause,
    sqlState: cause.sqlState,
    retryable: cause.retryable,
    label,
    host,
    address,
    port,
    user,
    database,
  })
}

/** The abort reason of the check at the address's deadline. */
export function checkTimedOut(): DatabaseConnectionError {
  return new DatabaseConnectionError("PGSD_CONNECT_TIMEOUT", "the server did not report in time whether it is primary or standby", {
    phase: "session",
    retryable: true,
  })
}
