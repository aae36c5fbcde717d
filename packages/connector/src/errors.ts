import { DatabaseConnectionError, type DatabaseConnectionErrorOptions, PgsdError } from "@pgsd/driver"

/** What this package adds to the driver's codes. */
export type ConnectorErrorCode =
  | "PGSD_COMMIT_UNKNOWN" // the connection was lost or time ran out while COMMIT was under way: it may or may not have happened
  | "PGSD_CONNECTOR_CLOSED" // a connector was used after close()
  | "PGSD_NO_HOST_AVAILABLE" // several attempts failed, each for another reason: see `attempts`
  | "PGSD_NOT_ONE_ROW" // one() met no row, or more than one
  | "PGSD_PREFLIGHT_TIMEOUT" // connecting and looking at the server took longer than preflight's `timeoutMs`
  | "PGSD_QUERY_TIMEOUT" // a query's own `timeoutMs` passed
  | "PGSD_ROLLED_BACK" // COMMIT was answered with ROLLBACK
  | "PGSD_SESSION_ATTRS" // the server is not what target_session_attrs asks for
  | "PGSD_TOO_MANY_ROWS" // a result had more rows than `maxRows`
  | "PGSD_TRANSACTION_IN_USE" // a second transaction was begun beside one that is under way

/** One attempt of a {@link ConnectAttemptsError}: one address with one encryption method. */
export interface ConnectAttempt {
  readonly host: string
  /** The IP address dialled; absent when the name could not be looked up and on a Unix socket. */
  readonly address?: string | undefined
  readonly port: number
  readonly encryption: "plain" | "tls"
  readonly error: PgsdError
}

export interface ConnectAttemptsErrorOptions extends DatabaseConnectionErrorOptions {
  readonly attempts: readonly ConnectAttempt[]
}

/**
 * More than one attempt was made and none gave a connection. `attempts` has each with its own error; `code` is theirs when
 * they agree or when the last one ended the search, else `PGSD_NO_HOST_AVAILABLE`.
 */
export class ConnectAttemptsError extends DatabaseConnectionError {
  static override readonly kind: string = "ConnectAttemptsError"
  readonly attempts: readonly ConnectAttempt[]

  constructor(code: string, message: string, options: ConnectAttemptsErrorOptions) {
    super(code, message, options)
    this.attempts = options.attempts
  }
}

/** A query's own `timeoutMs` passed; the server was told to stop it. */
export class QueryTimeoutError extends PgsdError {
  static override readonly kind: string = "QueryTimeoutError"
  readonly timeoutMs: number

  constructor(timeoutMs: number, label?: string) {
    super("PGSD_QUERY_TIMEOUT", `the query took longer than its timeoutMs of ${timeoutMs} ms`, {
      label,
      hint: "raise timeoutMs, or see what it waits for in pg_stat_activity",
    })
    this.timeoutMs = timeoutMs
  }
}

/** A result had more rows than the call's `maxRows`. */
export class TooManyRowsError extends PgsdError {
  static override readonly kind: string = "TooManyRowsError"
  readonly maxRows: number

  constructor(maxRows: number, label?: string) {
    super("PGSD_TOO_MANY_ROWS", `the result has more than maxRows (${maxRows}) rows`, {
      label,
      hint: "read it with stream(), which holds one batch at a time, add a LIMIT, or raise maxRows",
    })
    this.maxRows = maxRows
  }
}
