import { DatabaseConnectionError, isPgsdError } from "@pgsd/driver"
import { AcquireTimeoutError } from "@pgsd/pool"
import pg from "pg"

const ENDED = "Cannot use a pool after calling end on the pool"
const CONNECT_TIMEOUT = "Connection terminated due to connection timeout"
const ACQUIRE_TIMEOUT = "timeout exceeded when trying to connect"

/** What the caller's own hook threw, and the reason that pg's client gave for a loss. */
const FOREIGN_CAUSE: ReadonlySet<string> = new Set(["PGSD_ON_CONNECT_FAILED", "PGSD_CONNECTION_LOST"])

export function endedError(cause?: unknown): Error {
  return new Error(ENDED, cause === undefined ? undefined : { cause })
}

/**
 * Converts an error to the one that users of pg expect: a server error as a pg.DatabaseError, a system error with its `code`
 * (ECONNREFUSED), pg's messages for its timeouts. The pool's error, with label, counts and hint, is its `cause`, or is thrown itself if pg
 * has no equivalent.
 */
export function toPgError(error: unknown): Error {
  if (error instanceof AcquireTimeoutError) return ofTimeout(error)
  if (!isPgsdError(error)) return error instanceof Error ? error : new Error(String(error), { cause: error })
  if (error.code === "PGSD_POOL_CLOSED") return endedError(error)
  const known = knownIn(error)
  if (known !== undefined) return known
  if (error instanceof DatabaseConnectionError && error.serverMessage !== undefined) return serverError(error, error.serverMessage)
  if (isPgsdError(error.cause)) return toPgError(error.cause)
  if (FOREIGN_CAUSE.has(error.code) && error.cause !== undefined) return toPgError(error.cause)
  if (error.code === "PGSD_CONNECTION_LOST") return new Error("Connection terminated unexpectedly", { cause: error })
  if (error.code === "PGSD_CONNECT_TIMEOUT") return new Error(CONNECT_TIMEOUT, { cause: error })
  return error
}

function ofTimeout(error: AcquireTimeoutError): Error {
  if (error.reason === "unreachable" && error.cause !== undefined) return toPgError(error.cause)
  return new Error(error.reason === "connecting" ? CONNECT_TIMEOUT : ACQUIRE_TIMEOUT, { cause: error })
}

/** The first cause that comes from pg or the system. */
function knownIn(error: Error): Error | undefined {
  for (let each: unknown = error.cause; each instanceof Error; each = each.cause) {
    if (each instanceof pg.DatabaseError) return each
    const { code } = each as { code?: unknown }
    if (typeof code === "string" && !code.startsWith("PGSD_")) return each
  }
  return undefined
}

/** The fields of the server's error that a login may have, under pg's names; the SQLSTATE is `code` there. */
const FIELDS = ["severity", "detail", "hint", "where", "file", "line", "routine"]

/** The server's error during login, which the toolkit reads before there is a pg client: its cause is what the server said. */
function serverError(error: DatabaseConnectionError, message: string): Error {
  const said = (error.cause ?? {}) as Readonly<Record<string, unknown>>
  const known = FIELDS.flatMap((name) => (said[name] === undefined ? [] : [[name, said[name]]]))
  const fields = { severity: error.severity, detail: error.detail, ...Object.fromEntries(known), code: error.sqlState }
  return Object.assign(new pg.DatabaseError(message, Buffer.byteLength(message), "error"), fields, { cause: error })
}
