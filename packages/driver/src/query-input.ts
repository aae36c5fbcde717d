import { PgsdError } from "./errors.ts"
import { serializeParameter } from "./values/serialize-parameter.ts"

/** For adapters: what query() was given as its statement. @throws PgsdError PGSD_INVALID_PARAMETER when it is no text, or has a NUL in it */
export function checkStatement(sql: unknown): void {
  if (typeof sql === "string" && !sql.includes("\0")) return
  const fact = typeof sql === "string" ? "contains a NUL character" : `must be a string, not ${sql === null ? "null" : typeof sql}`
  const hint = typeof sql === "object" && sql !== null && "text" in sql ? "pass text and values apart: query(text, values)" : undefined
  throw new PgsdError("PGSD_INVALID_PARAMETER", `the statement ${fact}`, { hint })
}

/**
 * For adapters: query()'s parameters as the texts that are sent; see {@link serializeParameter}.
 *
 * @throws PgsdError PGSD_INVALID_PARAMETER for what is no array, and for a value that cannot be sent
 */
export function serializeParameters(params: readonly unknown[]): (string | null)[] {
  if (!Array.isArray(params)) throw new PgsdError("PGSD_INVALID_PARAMETER", "query parameters must be an array")
  const values: (string | null)[] = []
  // Not map(): it skips the holes of a sparse array.
  for (let i = 0; i < params.length; i++) values.push(serializeParameter(params[i], i + 1))
  return values
}
