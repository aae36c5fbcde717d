import type { ConnectionConfig, Host } from "../connection-config.ts"
import { DatabaseConnectionError, type PgsdError } from "../errors.ts"

const INVALID_PASSWORD = "28P01"
/** PgBouncer's error for a startup setting that it does not accept. */
const REFUSED_SETTING = /unsupported startup parameter(?: in options)?: ([\w.]+)|command-line (options)/i

/** Adds the source of a rejected value (a password or a setting) to the error; other errors are unchanged. */
export function withSource(error: PgsdError, config: ConnectionConfig, host: Host): PgsdError {
  if (!(error instanceof DatabaseConnectionError)) return error
  const words = error.sqlState === INVALID_PASSWORD ? passwordSource(config, host) : settingSource(error.message, config)
  if (words === undefined) return error
  const { code, message, cause, retryable, ...place } = error
  return new DatabaseConnectionError(code, `${message}; ${words}`, { ...place, retryable, cause })
}

/** In libpq's wording (fe-connect.c, pgpassfileWarning). */
function passwordSource(config: ConnectionConfig, host: Host): string | undefined {
  const from = config.passwordReport?.(host).from
  return from === undefined ? undefined : `password retrieved from ${from}`
}

function settingSource(message: string, { sources }: ConnectionConfig): string | undefined {
  const match = REFUSED_SETTING.exec(message)
  const name = match?.[1] ?? match?.[2]
  if (name === undefined) return undefined
  // A setting that is not a keyword of a connection string came from `options`.
  const key = Object.keys(sources).find((each) => each.toLowerCase() === name.toLowerCase()) ?? "options"
  return sources[key] === undefined ? undefined : `${name} came from ${sources[key]}`
}
