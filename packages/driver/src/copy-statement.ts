import { checkStatement } from "./check-statement.ts"
import { PgsdError, type PgsdErrorOptions } from "./errors.ts"
import { bareText } from "./statement-text.ts"

/** The direction of the data: `in` for COPY FROM STDIN, `out` for COPY TO STDOUT. */
export type CopyDirection = "in" | "out"

/** Empty statements may stand in front: the extended protocol ignores them. */
const STREAMS: Readonly<Record<CopyDirection, RegExp>> = {
  in: /^[\s;]*copy\b[^;]*\bfrom\s+stdin\b/i,
  out: /^[\s;]*copy\b[^;]*\bto\s+stdout\b/i,
}

/** No COPY from or to the client lacks it: spares other texts the search for quotes and comments. */
const STANDARD_STREAM = /std(?:in|out)/i

/**
 * For adapters: validates the statement of copyFrom() or copyTo(). The server would execute another statement, and only then would it be
 * known that no data is copied.
 *
 * @throws PgsdError PGSD_INVALID_PARAMETER if it is not a COPY that moves data in this direction
 */
export function checkCopyStatement(sql: unknown, direction: CopyDirection): asserts sql is string {
  checkStatement(sql)
  if (STREAMS[direction].test(bareText(sql as string))) return
  const [call, form] = direction === "in" ? ["copyFrom", "COPY … FROM STDIN"] : ["copyTo", "COPY … TO STDOUT"]
  const hint = "use query() for other statements, and the other call for the other direction"
  throw new PgsdError("PGSD_INVALID_PARAMETER", `the statement of ${call}() must be ${form} (${hint})`, { hint })
}

/** For adapters: the direction of a statement's data; undefined unless it is a COPY from or to the client. */
export function copyDirectionOf(sql: string): CopyDirection | undefined {
  if (!STANDARD_STREAM.test(sql)) return undefined
  const bare = bareText(sql)
  return (["in", "out"] as const).find((direction) => STREAMS[direction].test(bare))
}

/**
 * For adapters that send statements before earlier ones are answered: what is sent behind a COPY … FROM STDIN would be read as its data.
 *
 * @throws PgsdError PGSD_UNSUPPORTED for a text with one
 */
export function refuseCopyIn(sql: string): void {
  if (
    STANDARD_STREAM.test(sql) &&
    bareText(sql)
      .split(";")
      .some((statement) => STREAMS.in.test(statement))
  )
    throw copyThroughQuery()
}

/** For adapters: why query() rejects a COPY from or to the client. */
export function copyThroughQuery(options: PgsdErrorOptions = {}): PgsdError {
  const hint = "use copyFrom() or copyTo()"
  return new PgsdError("PGSD_UNSUPPORTED", `COPY moves data that a result has no place for (${hint})`, { ...options, hint })
}

/** The text after STDIN: options in parentheses or in the old form, optionally followed by WHERE. */
const BEHIND_STDIN = /\bfrom\s+stdin\b\s*(?:with\b\s*)?(\([^)]*\)|(?:(?!where\b)[^;])*)/i
/** Options that do not change the default format of rows. */
const HARMLESS = /\bformat\s+text\b|\bfreeze\b(?:\s+(?:true|on|1)\b)?|\bon_error\s+\w+|\blog_verbosity\s+\w+|\breject_limit\s+\d+/gi

/**
 * The first option of a COPY … FROM STDIN that changes the default text format of rows; undefined if there is none. Unrecognised syntax
 * counts as one.
 */
export function formatOptionOf(sql: string): string | undefined {
  const bare = bareText(sql)
  if (/^[\s;]*copy\s+binary\b/i.test(bare)) return "BINARY"
  const options = BEHIND_STDIN.exec(bare)?.[1] ?? ""
  return options.replaceAll(HARMLESS, "").match(/\w+/)?.[0].toUpperCase()
}
