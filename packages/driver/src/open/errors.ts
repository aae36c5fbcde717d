import { DatabaseConnectionError, type DatabaseConnectionErrorOptions, type PgsdError } from "../errors.ts"

/** What opening adds to the driver's codes. */
export type OpenErrorCode =
  | "PGSD_NO_HOST_AVAILABLE" // several attempts failed, each for another reason: see `attempts`
  | "PGSD_SESSION_ATTRS" // the server is not what target_session_attrs asks for

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
 * they agree or when one of them ended the search, else `PGSD_NO_HOST_AVAILABLE`.
 */
export class ConnectAttemptsError extends DatabaseConnectionError {
  static override readonly kind: string = "ConnectAttemptsError"
  readonly attempts: readonly ConnectAttempt[]

  constructor(code: string, message: string, options: ConnectAttemptsErrorOptions) {
    super(code, message, options)
    this.attempts = options.attempts
  }
}
