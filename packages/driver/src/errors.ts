const BRAND = Symbol.for("pgsd.error")

/** The phase in which a connection attempt failed. */
export type ConnectPhase = "dns" | "tcp" | "tls" | "startup" | "auth" | "ready" | "session"

export interface PgsdErrorOptions {
  readonly cause?: unknown
  readonly sqlState?: string | undefined
  /** @default false */
  readonly retryable?: boolean | undefined
  /** The next step. */
  readonly hint?: string | undefined
  /** The label of the database concerned. */
  readonly label?: string | undefined
}

/**
 * The base class of all errors of these packages. Handle errors by `code` (or `sqlState`), never by the message.
 * `instanceof` works across copies of the package: the classes are recognised by a brand, not by identity.
 */
export class PgsdError extends Error {
  /** The name by which `instanceof` recognises this class; each subclass has its own. */
  static readonly kind: string = "PgsdError"

  /** `PGSD_…`, stable. */
  readonly code: string
  /** Whether the same call may succeed later without a change by the caller. How often to retry is up to the caller. */
  readonly retryable: boolean
  /** The SQLSTATE of a server error. */
  declare readonly sqlState?: string
  declare readonly hint?: string
  /** The label of the database concerned, if any. */
  declare readonly label?: string
  /** The index of the failed statement in a batch, from 0. */
  declare readonly statementIndex?: number

  constructor(code: string, message: string, options: PgsdErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? false
    assignDefined(this, { sqlState: options.sqlState, hint: options.hint, label: options.label })
    Object.defineProperty(this, "name", { value: new.target.kind, configurable: true, writable: true })
    Object.defineProperty(this, BRAND, { value: kindsOf(new.target) })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: the class asked about is the one on the right of instanceof.
    return typeof value === "object" && value !== null && kindsIn(value).includes(this.kind)
  }
}

/** Fields of an ErrorResponse beyond severity, SQLSTATE and message (PostgreSQL documentation, "Error and Notice Message Fields"). */
export interface ServerErrorFields {
  readonly severity?: string | undefined
  readonly detail?: string | undefined
  readonly hint?: string | undefined
  /** 1-based, in characters of the statement. */
  readonly position?: number | undefined
  readonly internalQuery?: string | undefined
  readonly where?: string | undefined
  readonly schema?: string | undefined
  readonly table?: string | undefined
  readonly column?: string | undefined
  readonly dataType?: string | undefined
  readonly constraint?: string | undefined
  readonly routine?: string | undefined
}

export interface QueryErrorOptions extends PgsdErrorOptions, ServerErrorFields {}

/** The server rejected a statement. The connection remains usable, unless the severity is FATAL. */
export class QueryError extends PgsdError {
  static override readonly kind: string = "QueryError"

  declare readonly severity?: string
  declare readonly detail?: string
  declare readonly position?: number
  declare readonly internalQuery?: string
  declare readonly where?: string
  declare readonly schema?: string
  declare readonly table?: string
  declare readonly column?: string
  declare readonly dataType?: string
  declare readonly constraint?: string
  declare readonly routine?: string

  constructor(code: string, message: string, options: QueryErrorOptions = {}) {
    super(code, message, options)
    const { severity, detail, position, internalQuery, where, schema, table, column, dataType, constraint, routine } = options
    assignDefined(this, { severity, detail, position, internalQuery, where, schema, table, column, dataType, constraint, routine })
  }
}

/** The address of the peer; never a secret. */
export interface ConnectionPlace {
  readonly driver?: string | undefined
  readonly label?: string | undefined
  readonly host?: string | undefined
  readonly address?: string | undefined
  readonly port?: number | undefined
  readonly user?: string | undefined
  readonly database?: string | undefined
}

export interface DatabaseConnectionErrorOptions extends PgsdErrorOptions, ConnectionPlace {
  readonly phase?: ConnectPhase | undefined
  readonly severity?: string | undefined
  readonly detail?: string | undefined
  readonly serverMessage?: string | undefined
}

/** No connection could be opened, or an open one was lost. `phase` is set if it was never established. */
export class DatabaseConnectionError extends PgsdError {
  static override readonly kind: string = "DatabaseConnectionError"

  declare readonly phase?: ConnectPhase
  declare readonly severity?: string
  declare readonly detail?: string
  /** The server's message, without the address and the hint that `message` adds. */
  declare readonly serverMessage?: string
  declare readonly driver?: string
  declare readonly host?: string
  declare readonly address?: string
  declare readonly port?: number
  declare readonly user?: string
  declare readonly database?: string

  constructor(code: string, message: string, options: DatabaseConnectionErrorOptions = {}) {
    super(code, message, options)
    const { phase, severity, detail, serverMessage, driver, host, address, port, user, database } = options
    assignDefined(this, { phase, severity, detail, serverMessage, driver, host, address, port, user, database })
  }
}

/**
 * The error for a caller's value that throws when read (a getter, or a Proxy). A PgsdError is passed on unchanged.
 *
 * @param what as in "the query parameters"
 */
export function unreadable(code: "PGSD_INVALID_OPTION" | "PGSD_INVALID_PARAMETER", what: string, error: unknown): PgsdError {
  if (isPgsdError(error)) return error
  const why = error instanceof Error && error.message !== "" ? `: ${error.message}` : ""
  return new PgsdError(code, `${what} cannot be read${why}`, { cause: error })
}

/** True for an error of any copy of this package. */
export function isPgsdError(value: unknown): value is PgsdError {
  return value instanceof PgsdError
}

/** True when the same call may succeed later. */
export function isRetryable(value: unknown): boolean {
  return isPgsdError(value) && value.retryable
}

function kindsOf(type: typeof PgsdError): readonly string[] {
  const kinds: string[] = []
  for (let each: typeof PgsdError | null = type; each?.kind !== undefined; each = Object.getPrototypeOf(each)) kinds.push(each.kind)
  return kinds
}

function kindsIn(value: object): readonly string[] {
  return (value as { [BRAND]?: readonly string[] })[BRAND] ?? []
}

// Only known values become properties, so that an inspected error shows no list of `undefined`.
function assignDefined(target: object, values: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(values))
    if (value !== undefined) Object.defineProperty(target, key, { value, enumerable: true, configurable: true })
}
