import { PgsdError } from "./errors.ts"
import { changesEncodingAmongOthers } from "./statement-text.ts"
import { isWellFormed } from "./well-formed.ts"

/** For adapters: validates the statement of query(). @throws PgsdError PGSD_INVALID_PARAMETER unless it is a well-formed string without NUL */
export function checkStatement(sql: unknown): void {
  if (typeof sql === "string" && !sql.includes("\0")) {
    if (sql.length > LONGEST_MESSAGE) throw tooLong("the statement has", sql.length)
    if (!isWellFormed(sql)) throw unpairedSurrogate()
    if (changesEncodingAmongOthers(sql)) throw otherEncoding()
    return
  }
  const fact = typeof sql === "string" ? "contains a NUL character" : `must be a string, not ${sql === null ? "null" : typeof sql}`
  const hint = typeof sql === "object" && sql !== null && "text" in sql ? "pass text and values apart: query(text, values)" : undefined
  throw new PgsdError("PGSD_INVALID_PARAMETER", `the statement ${fact}`, { hint })
}

function unpairedSurrogate(): PgsdError {
  return new PgsdError("PGSD_INVALID_PARAMETER", "the statement contains an unpaired surrogate")
}

/** The server rejects messages of 1 GB and more (PQ_LARGE_MESSAGE_LIMIT, MaxAllocSize); a character is at least one byte. */
export const LONGEST_MESSAGE = 0x3fffffff - 0xffff

function otherEncoding(): PgsdError {
  const hint = "leave client_encoding at UTF8: strings are Unicode here, and the server converts to the database's encoding"
  const fact = "the text of several statements sets client_encoding to another one than UTF8, in which their rows would be read wrongly"
  return new PgsdError("PGSD_INVALID_PARAMETER", `${fact} (${hint})`, { hint })
}

export function tooLong(what: string, length: number): PgsdError {
  const hint = "send it in parts, or with COPY or as a large object"
  return new PgsdError("PGSD_INVALID_PARAMETER", `${what} ${length} characters, more than a message to the server can hold (${hint})`, {
    hint,
  })
}
