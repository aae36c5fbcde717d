import { PgsdError } from "@pgsd/driver"

/** What this entry point adds to the driver's codes. */
export type ServerErrorCode =
  | "PGSD_NO_SERVER" // no kind of server could be had; the message names each with its reason
  | "PGSD_SERVER_START" // the server did not come up; the message ends with its log
  | "PGSD_SERVER_STATE" // closed, stopped, or not a standby: the operation has no meaning now
  | "PGSD_SERVER_TIMEOUT" // an operation's deadline passed
  | "PGSD_SERVER_UNSUPPORTED" // this kind of server cannot do that

/** The next step is a part of the text too: test runners show nothing else. */
export function serverError(
  code: ServerErrorCode,
  fact: string,
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): PgsdError {
  return new PgsdError(code, options.hint === undefined ? fact : `${fact} (${options.hint})`, options)
}
