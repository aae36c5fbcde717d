import type { DriverErrorCode, ServerMeaning } from "./codes.ts"
import {
  type ConnectionPlace,
  type ConnectPhase,
  DatabaseConnectionError,
  isPgsdError,
  type PgsdError,
  QueryError,
  type ServerErrorFields,
} from "./errors.ts"
import { hostAndPort, isSocketDirectory } from "./hosts.ts"
import { meaningOfSqlState } from "./sqlstate.ts"
import { meaningOfSystemCode } from "./system-codes.ts"

export interface ClassifyContext extends ConnectionPlace {
  /** Set while a connection is being opened: the error then becomes a {@link DatabaseConnectionError}. */
  readonly phase?: ConnectPhase | undefined
}

/**
 * Converts anything thrown by a driver, the system or a server to an error of this project; such an error is returned unchanged. Called
 * once, in the adapter: above it a driver's error appears only as `cause`.
 */
export function toPgsdError(error: unknown, context: ClassifyContext = {}): PgsdError {
  const source = firstOf(error)
  if (isPgsdError(source)) return source
  const server = serverErrorOf(source)
  if (server !== undefined) return fromServer(server, error, context)
  const code = typeof source === "object" && source !== null && "code" in source ? String(source.code) : ""
  const meaning = meaningOfSystemCode(code)
  if (meaning !== undefined)
    return new DatabaseConnectionError(meaning.code, describe(meaning.code, source, context), {
      ...context,
      cause: error,
      retryable: meaning.retryable,
    })
  return new DatabaseConnectionError("PGSD_UNKNOWN", `${place(context)}: ${textOf(source)}`, { ...context, cause: error })
}

/** An ErrorResponse, parsed by any driver. */
export interface ServerError extends ServerErrorFields {
  readonly sqlState: string
  readonly message: string
}

/** The session has ended: the server reported that (FATAL, PANIC), or the connection is lost or out of sync. */
export function isFatal(error: unknown): boolean {
  if (!isPgsdError(error)) return false
  const severity = "severity" in error ? error.severity : undefined
  return (
    severity === "FATAL" ||
    severity === "PANIC" ||
    error.code === "PGSD_CONNECTION_LOST" ||
    error.code === "PGSD_CONNECTION_CLOSED" ||
    error.code === "PGSD_PROTOCOL_VIOLATION"
  )
}

/** The server reported an ERROR in a session, which only FATAL and PANIC end. */
export function sessionLives(server: ServerError, context: ClassifyContext): boolean {
  return context.phase === undefined && server.severity === "ERROR"
}

/** @param known the meaning of a message whose SQLSTATE is ambiguous: it concerns the connection rather than the statement */
export function fromServer(server: ServerError, cause: unknown, context: ClassifyContext, known?: ServerMeaning): PgsdError {
  const { code, retryable } = known ?? meaningOfSqlState(server.sqlState, sessionLives(server, context))
  const connection = context.phase !== undefined || known !== undefined || code === "PGSD_CONNECTION_LOST"
  if (!connection) return new QueryError(code, server.message, { ...server, label: context.label, cause, retryable })
  const hint = server.hint ?? known?.hint ?? HINTS[code]
  return new DatabaseConnectionError(code, `${place(context)}: ${server.message}${hint === undefined ? "" : ` (${hint})`}`, {
    ...context,
    ...server,
    serverMessage: server.message,
    hint,
    cause,
    retryable,
  })
}

// A server error is recognised by severity and SQLSTATE together: `EPIPE` looks like a SQLSTATE.
function serverErrorOf(error: unknown): ServerError | undefined {
  if (typeof error !== "object" || error === null) return undefined
  const fields = error as Record<string, unknown>
  if (typeof fields.severity !== "string" || typeof fields.code !== "string") return undefined
  const text = (...names: string[]) =>
    names.map((name) => fields[name]).find((value): value is string => typeof value === "string" && value !== "")
  const position = text("position")
  return {
    sqlState: fields.code,
    message: text("message") ?? "the server sent an error without a message",
    severity: text("severity_local") === undefined ? fields.severity : text("severity"),
    detail: text("detail"),
    hint: text("hint"),
    position: position === undefined ? undefined : Number(position),
    internalQuery: text("internalQuery", "internal_query"),
    where: text("where"),
    schema: text("schema", "schema_name"),
    table: text("table", "table_name"),
    column: text("column", "column_name"),
    dataType: text("dataType", "type_name"),
    constraint: text("constraint", "constraint_name"),
    routine: text("routine"),
  }
}

// Node throws an AggregateError with an empty message if a name has several addresses: node-postgres#3312.
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? firstOf(error.errors[0]) : error
}

function textOf(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : "an error without a text"
}

/** `host:port` or the socket's path, preceded by the label if there is one. */
export function place(context: ConnectionPlace): string {
  const { host, port, label } = context
  const where =
    host === undefined ? undefined : isSocketDirectory(host) ? `${host}/.s.PGSQL.${port ?? 5432}` : hostAndPort(host, port ?? 5432)
  if (where === undefined) return label ?? context.driver ?? "connection"
  return label === undefined || label.startsWith(where) ? where : `${label} (${where})`
}

const HINTS: Partial<Record<DriverErrorCode, string>> = {
  PGSD_CONNECTION_REFUSED: "is the server running there, and does it listen on that address?",
  PGSD_DNS_FAILED: "check the host name and this machine's resolver",
  PGSD_HOST_UNREACHABLE: "no route from here; if the host has only IPv6 addresses, this machine may have no IPv6",
  PGSD_SOCKET_NOT_FOUND: "is the server running, and is this its unix_socket_directories and port?",
  PGSD_SOCKET_DENIED: "this user may not use that socket; see unix_socket_permissions",
  PGSD_TOO_MANY_CONNECTIONS: "close some, raise max_connections, or use a pooler",
  PGSD_SERVER_NOT_READY: "try again in a moment",
  PGSD_AUTH_FAILED: "check user, password and the server's pg_hba.conf",
  PGSD_DATABASE_NOT_FOUND: "check the database's name",
  PGSD_PERMISSION_DENIED: "grant CONNECT on the database to this role",
  PGSD_TLS_UNTRUSTED: "give the authority that signed it as trusted root (sslrootcert)",
  PGSD_TLS_HOSTNAME: "connect by a name in the certificate, or use sslmode=verify-ca if the name does not matter",
  PGSD_TLS_FAILED: "do both sides share a TLS version, and does the server want a client certificate?",
}

function describe(code: DriverErrorCode, error: unknown, context: ClassifyContext): string {
  const hint = HINTS[code]
  return `${place(context)}: ${textOf(error)}${hint === undefined ? "" : ` (${hint})`}`
}
