import { PgsdError } from "./errors.ts"

/** Quotes an identifier for SQL, always, by the rules of PQescapeIdentifier. */
export function quoteIdentifier(name: string): string {
  refuseNul(name, "an identifier")
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * Quotes a string literal for SQL, by the rules of PQescapeLiteral: a backslash makes it an `E''` literal, so that it is correct with any
 * standard_conforming_strings.
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
    throw new PgsdError("PGSD_INVALID_PARAMETER", `${what} cannot contain a NUL character, which PostgreSQL does not support`)
}
