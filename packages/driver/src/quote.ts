import { PgsdError } from "./errors.ts"

/** An identifier as SQL text, always quoted, with the rules of PQescapeIdentifier. */
export function quoteIdentifier(name: string): string {
  refuseNul(name, "an identifier")
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * A string literal as SQL text, with the rules of PQescapeLiteral: a backslash makes it an `E''` literal, so the text is
 * right whatever standard_conforming_strings says.
 */
export function quoteLiteral(value: string): string {
  refuseNul(value, "a literal")
  const quoted = `'${value.replaceAll("'", "''")}'`
  return quoted.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted
}

function refuseNul(text: string, what: string): void {
  if (typeof text !== "string")
    throw new PgsdError("PGSD_INVALID_PARAMETER", `${what} must be a string, not ${text === null ? "null" : typeof text}`)
  if (text.includes("\0"))
    throw new PgsdError("PGSD_INVALID_PARAMETER", `${what} cannot contain a NUL character: PostgreSQL has no such text`)
}
