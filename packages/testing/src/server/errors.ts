import { PgsdError } from "@pgsd/driver"

/** The codes that this entry point adds to the driver's. */
export type ServerErrorCode =
  | "PGSD_NO_SERVER" // no kind of server is available; the message gives the reason for each
  | "PGSD_SERVER_START" // the server did not start; the message ends with its log
  | "PGSD_SERVER_STATE" // closed, stopped, or not a standby: the operation is not possible
  | "PGSD_SERVER_TIMEOUT" // an operation's deadline passed
  | "PGSD_SERVER_UNSUPPORTED" // this kind of server cannot do that

/** The message includes the next step, because test runners show only the message. */
export function serverError(
  code: ServerErrorCode,
  fact: string,
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): PgsdError {
  return new PgsdError(code, options.hint === undefined ? fact : `${fact} (${options.hint})`, options)
}
