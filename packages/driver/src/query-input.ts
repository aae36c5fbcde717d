import { PgsdError, unreadable } from "./errors.ts"
import { changesEncodingAmongOthers } from "./statement-text.ts"
import { serializeParameter } from "./values/serialize-parameter.ts"

/** For adapters: the statement given to query(). @throws PgsdError PGSD_INVALID_PARAMETER unless it is a string without NUL */
export function checkStatement(sql: unknown): void {
  if (typeof sql === "string" && !sql.includes("\0")) {
    if (sql.length > LONGEST_MESSAGE) throw tooLong("the statement has", sql.length)
    if (changesEncodingAmongOthers(sql)) throw otherEncoding()
    return
  }
  const fact = typeof sql === "string" ? "contains a NUL character" : `must be a string, not ${sql === null ? "null" : typeof sql}`
  const hint = typeof sql === "object" && sql !== null && "text" in sql ? "pass text and values apart: query(text, values)" : undefined
  throw new PgsdError("PGSD_INVALID_PARAMETER", `the statement ${fact}`, { hint })
}

/**
 * For adapters: query()'s parameters as the texts that are sent; see {@link serializeParameter}.
 *
 * @param undefinedAs `"null"` sends undefined as NULL; else it is refused
 * @throws PgsdError PGSD_INVALID_PARAMETER for anything but an array, and for a value that cannot be sent
 */
export function serializeParameters(params: readonly unknown[], undefinedAs?: "null"): (string | null)[] {
  try {
    return serialized(params, undefinedAs)
  } catch (error) {
    throw unreadable("PGSD_INVALID_PARAMETER", "the query parameters", error)
  }
}

function serialized(params: readonly unknown[], undefinedAs: "null" | undefined): (string | null)[] {
  if (!Array.isArray(params)) throw new PgsdError("PGSD_INVALID_PARAMETER", "query parameters must be an array")
  const values: (string | null)[] = []
  let length = 0
  // Not map(): it skips the holes of a sparse array.
  for (let i = 0; i < params.length; i++) {
    const given: unknown = params[i]
    const value = given === undefined && undefinedAs === "null" ? null : serializeParameter(given, i + 1)
    if (value !== null) length += value.length
    values.push(value)
  }
  if (length > LONGEST_MESSAGE) throw tooLong("the query parameters together have", length)
  return values
}

/** The server takes no message of 1 GB and more (PQ_LARGE_MESSAGE_LIMIT, MaxAllocSize); a character is a byte or more. */
const LONGEST_MESSAGE = 0x3fffffff - 0xffff

function otherEncoding(): PgsdError {
  const hint = "leave client_encoding at UTF8: strings are Unicode here, and the server converts to the database's encoding by itself"
  const fact = "the text of several statements sets client_encoding to another one than UTF8, in which their rows would be read wrongly"
  return new PgsdError("PGSD_INVALID_PARAMETER", `${fact} (${hint})`, { hint })
}

function tooLong(what: string, length: number): PgsdError {
  const hint = "send it in parts, or with COPY or as a large object"
  return new PgsdError("PGSD_INVALID_PARAMETER", `${what} ${length} characters, more than a message to the server can hold (${hint})`, {
    hint,
  })
}
