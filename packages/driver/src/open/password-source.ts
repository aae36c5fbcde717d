import type { ConnectionConfig, Host } from "../connection-config.ts"
import { DatabaseConnectionError, type PgsdError } from "../errors.ts"

const INVALID_PASSWORD = "28P01"

/** A refused password, with where it came from, as libpq says it (fe-connect.c, pgpassfileWarning). Every other error as it is. */
export function withPasswordSource(error: PgsdError, config: ConnectionConfig, host: Host): PgsdError {
  const from = error.sqlState === INVALID_PASSWORD ? config.passwordReport?.(host).from : undefined
  if (from === undefined || !(error instanceof DatabaseConnectionError)) return error
  const { code, message, cause, retryable, ...place } = error
  return new DatabaseConnectionError(code, `${message}; password retrieved from ${from}`, { ...place, retryable, cause })
}
