import { DatabaseConnectionError, type DatabaseConnectionErrorOptions, type PgsdError } from "../errors.ts"

/** The codes that opening adds to the driver's. */
export type OpenErrorCode =
  | "PGSD_NO_HOST_AVAILABLE" // several attempts failed, each for another reason: see `attempts`
  | "PGSD_SESSION_ATTRS" // the server does not match target_session_attrs

/** One attempt of a {@link ConnectAttemptsError}: one address with one encryption method. */
export interface ConnectAttempt {
  readonly host: string
  /** The IP address; absent if the name could not be resolved, and for a Unix socket. */
  readonly address?: string | undefined
  readonly port: number
  readonly encryption: "plain" | "tls"
  readonly error: PgsdError
}

export interface ConnectAttemptsErrorOptions extends DatabaseConnectionErrorOptions {
  readonly attempts: readonly ConnectAttempt[]
}

/**
 * Several attempts were made and none succeeded. `attempts` has each with its own error; `code` is theirs if they agree or if one of them
 * ended the search, otherwise `PGSD_NO_HOST_AVAILABLE`.
 */
export class ConnectAttemptsError extends DatabaseConnectionError {
  static override readonly kind: string = "ConnectAttemptsError"
  readonly attempts: readonly ConnectAttempt[]

  constructor(code: string, message: string, options: ConnectAttemptsErrorOptions) {
    super(code, message, options)
    this.attempts = options.attempts
  }
}
