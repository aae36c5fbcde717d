import { type ClassifyContext, fromServer, type PgsdError, type ServerErrorFields, toPgsdError } from "@pgsd/driver"

/** A failure: an error as it is, a server's ErrorResponse by SQLSTATE, or an error code of the operating system. */
export type FakeFailure = Error | FakeServerError | FakeSystemError

export interface FakeServerError extends ServerErrorFields {
  readonly sqlState: string
  /** @default "fake server error" */
  readonly message?: string
}

export interface FakeSystemError {
  /** e.g. `"ECONNREFUSED"` */
  readonly systemCode: string
}

/** Converts a failure as an adapter would, by the table of SQLSTATEs. A server error is an ERROR in a session, FATAL if it ends one. */
export function failureOf(failure: FakeFailure, context: ClassifyContext, ends = context.phase !== undefined): PgsdError {
  if (failure instanceof Error) return toPgsdError(failure, context)
  if ("systemCode" in failure) {
    const { systemCode } = failure
    return toPgsdError(Object.assign(new Error(`connect ${systemCode}`), { code: systemCode }), context)
  }
  const severity = failure.severity ?? (ends ? "FATAL" : "ERROR")
  const server = { message: "fake server error", ...failure, severity }
  const cause = Object.assign(new Error(server.message), { code: server.sqlState, severity })
  return fromServer(server, cause, context)
}
