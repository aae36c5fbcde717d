import { LONGEST_MESSAGE, tooLong } from "../check-statement.ts"
import { PgsdError, unreadable } from "../errors.ts"
import { serializeParameter } from "./values/serialize-parameter.ts"

/** Bind counts them in 16 bits. */
const MOST_PARAMETERS = 65_535

/**
 * Serialises the parameters of query(); see {@link serializeParameter}.
 *
 * @param undefinedAs `"null"` sends undefined as NULL; otherwise it is rejected
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
  if (params.length > MOST_PARAMETERS)
    throw new PgsdError("PGSD_INVALID_PARAMETER", `${params.length} parameters exceed the ${MOST_PARAMETERS} that the protocol can send`)
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
