import { constants } from "node:buffer"
import { types } from "node:util"
import { isPgsdError, PgsdError } from "../../errors.ts"
import { isSecret } from "../../secret.ts"
import { isWellFormed } from "../../well-formed.ts"

/** MAXDIM of the server's arrays. */
const MAX_DIMENSIONS = 6

/**
 * Converts a query parameter to the text that is sent, or null for NULL; the server infers its type. Arrays become PostgreSQL arrays and
 * objects JSON, so pass an array for a json column as `JSON.stringify(array)`. An object whose toJSON() returns a string (URL, Temporal,
 * decimal and date libraries) becomes that string.
 *
 * @param position for the error: 1 for `$1`
 * @throws PgsdError PGSD_INVALID_PARAMETER: undefined, functions, symbols, an invalid Date, text with NUL or an unpaired surrogate,
 * and objects that JSON would empty (Map, Set, ArrayBuffer, a class with private fields alone, …) or hide (Secret), inside others as well
 */
export function serializeParameter(value: unknown, position?: number): string | null {
  if (value === null) return null
  try {
    return Array.isArray(value) ? arrayLiteral(value, position) : textOf(value, position)
  } catch (cause) {
    // A getter or a Proxy that throws, or a string that exceeds V8's limit.
    throw isPgsdError(cause) ? cause : refusal(position, "cannot be read as text", undefined, cause)
  }
}

function textOf(value: unknown, position: number | undefined): string {
  switch (typeof value) {
    case "string":
      return checkedText(value, position)
    case "number":
      return Object.is(value, -0) ? "-0" : String(value)
    case "bigint":
      return String(value)
    case "boolean":
      return value ? "true" : "false"
    case "object":
      return objectText(value as object, position)
    case "undefined":
      throw refusal(position, "is undefined", 'use null for NULL, or the option undefinedAs: "null"')
    default:
      throw refusal(position, `is a ${typeof value}`)
  }
}

function checkedText(text: string, position: number | undefined): string {
  if (text.includes("\0"))
    throw refusal(position, "contains a NUL character", "text in PostgreSQL cannot contain it; bytea (a Uint8Array) can")
  if (!isWellFormed(text)) throw refusal(position, "contains an unpaired surrogate", "the text was cut inside a character")
  return text
}

function objectText(value: object, position: number | undefined): string {
  // By kind rather than instanceof: test runners pass values from another realm.
  if (types.isDate(value)) return dateText(value, position)
  if (types.isUint8Array(value)) return byteaText(value, position)
  if (types.isBoxedPrimitive(value)) return unboxedText(value, position)
  if (isSecret(value)) throw refusal(position, "is a Secret", "pass secret.reveal() if it is to be stored")
  if (hasNoJson(value))
    throw refusal(position, `is an object of class ${value.constructor.name}`, "turn it into an array, a plain object or a Uint8Array")
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch (cause) {
    throw refusal(position, "cannot be written as JSON", "does it refer to itself, or hold a bigint?", cause)
  }
  if (json === undefined) throw refusal(position, "has no JSON", "its toJSON() returns nothing")
  if (json.startsWith('"')) return checkedText(JSON.parse(json), position)
  if (json.includes("{}")) refuseEmptied(value, position)
  return json
}

/** new String(""), Object(1n): as what is in it. */
function unboxedText(value: object, position: number | undefined): string {
  const plain: unknown = value.valueOf()
  if (typeof plain === "object") throw refusal(position, `is an object of class ${value.constructor.name}`)
  return textOf(plain, position)
}

/** What a class keeps for itself (private fields, a URLSearchParams, a generator) would be stored as {}. */
function refuseEmptied(value: object, position: number | undefined): void {
  JSON.stringify(value, function (this: unknown, key: string, each: unknown) {
    if (typeof each === "object" && each !== null && isEmptied(each))
      throw refusal(
        position,
        `${each === value && key === "" ? "is" : "holds"} an object of class ${each.constructor?.name}, of which JSON keeps nothing`,
        "turn it into a string, an array or a plain object",
      )
    return each
  })
}

function isEmptied(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  // Of a plain object, of any realm.
  if (prototype === null || Object.getPrototypeOf(prototype) === null || Array.isArray(value) || types.isBoxedPrimitive(value)) return false
  return Object.values(value).every((each) => each === undefined || typeof each === "function" || typeof each === "symbol")
}

// JSON.stringify writes these as {} or as an object of numbered keys.
const WITHOUT_JSON = [
  types.isMap,
  types.isSet,
  types.isWeakMap,
  types.isWeakSet,
  types.isPromise,
  types.isRegExp,
  types.isNativeError,
  types.isAnyArrayBuffer,
  ArrayBuffer.isView,
]

function hasNoJson(value: object): boolean {
  return !("toJSON" in value) && WITHOUT_JSON.some((is) => is(value))
}

function byteaText(bytes: Uint8Array, position: number | undefined): string {
  if (bytes.byteLength * 2 + 2 > constants.MAX_STRING_LENGTH)
    throw refusal(
      position,
      `has ${bytes.byteLength} bytes, more than can be sent as one parameter`,
      "send it in parts, or as a large object",
    )
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`
}

/** In UTC with its offset, which is correct for timestamptz with any TimeZone; timestamp takes the UTC time, date its day. */
function dateText(date: Date, position: number | undefined): string {
  if (Number.isNaN(date.getTime())) throw refusal(position, "is an invalid Date")
  const year = date.getUTCFullYear()
  // 1 BC is the year 0 of ISO 8601.
  const written = String(year > 0 ? year : 1 - year).padStart(4, "0")
  const rest = date
    .toISOString()
    .replace(/^[+-]?\d+-/, "")
    .slice(0, -1)
    .replace("T", " ")
  return `${written}-${rest}+00${year > 0 ? "" : " BC"}`
}

/**
 * An empty array is `{}` with a form feed: `{}` alone is a JSON object, too, which a json column would silently store for `[]`. A form feed
 * is white space to array_in() and an error to json_in(), as `{1}` is.
 */
const EMPTY_ARRAY = "{\f}"

function arrayLiteral(values: readonly unknown[], position: number | undefined, dimension = 1): string {
  if (dimension > MAX_DIMENSIONS) throw refusal(position, `has more than ${MAX_DIMENSIONS} dimensions`, "does the array hold itself?")
  if (values.length === 0) return EMPTY_ARRAY
  // Not map(), which skips the holes of a sparse array; a hole counts as undefined.
  const elements = Array.from(values, (value) => {
    if (value === null) return "NULL"
    if (Array.isArray(value)) return arrayLiteral(value, position, dimension + 1)
    return `"${textOf(value, position).replace(/["\\]/g, "\\$&")}"`
  })
  return `{${elements.join(",")}}`
}

function refusal(position: number | undefined, fact: string, hint?: string, cause?: unknown): PgsdError {
  const name = position === undefined ? "a query parameter" : `query parameter $${position}`
  return new PgsdError("PGSD_INVALID_PARAMETER", `${name} ${fact}${hint === undefined ? "" : ` (${hint})`}`, { hint, cause })
}
