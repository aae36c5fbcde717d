import { PgsdError } from "../errors.ts"
import { serializeParameter } from "../values/serialize-parameter.ts"
import type { SocketAdapter } from "./adapter.ts"

/** @throws PgsdError PGSD_INVALID_PARAMETER: a NUL would cut the message in two */
export function checkStatement(sql: unknown): void {
  if (typeof sql === "string" && !sql.includes("\0")) return
  const fact = typeof sql === "string" ? "contains a NUL character" : `must be a string, not ${sql === null ? "null" : typeof sql}`
  throw new PgsdError("PGSD_INVALID_PARAMETER", `the statement ${fact}`)
}

/** @throws PgsdError PGSD_INVALID_PARAMETER */
export function encodeParameters(params: readonly unknown[], { maxParameters, name }: SocketAdapter): (string | null)[] {
  if (!Array.isArray(params)) throw new PgsdError("PGSD_INVALID_PARAMETER", "query parameters must be an array")
  if (params.length > maxParameters)
    throw new PgsdError("PGSD_INVALID_PARAMETER", `${params.length} parameters are more than the ${maxParameters} that ${name} can send`)
  const values: (string | null)[] = []
  // Not map(): it skips the holes of a sparse array.
  for (let i = 0; i < params.length; i++) values.push(serializeParameter(params[i], i + 1))
  return values
}
