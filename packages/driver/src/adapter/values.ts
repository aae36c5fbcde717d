import type { ValueParser, ValueParsers } from "../contract.ts"
import { ARRAY_TYPES } from "./values/array-types.ts"
import { parseArray } from "./values/parse-array.ts"
import { parseBoolean, parseBytea, parseJson, parseNumber } from "./values/parse-scalars.ts"
import { parseTimestamptz } from "./values/parse-timestamptz.ts"

/**
 * The types that are not returned as text. All others remain strings exactly as the server prints them: int8, numeric and money would lose
 * digits as numbers, date, time and timestamp are not instants, and an enum is its label.
 */
const SCALARS: ValueParsers = {
  16: parseBoolean, // bool
  17: parseBytea, // bytea
  21: parseNumber, // int2
  23: parseNumber, // int4
  26: parseNumber, // oid
  114: parseJson, // json
  700: parseNumber, // float4
  701: parseNumber, // float8
  1184: parseTimestamptz, // timestamptz
  3802: parseJson, // jsonb
}

/** The value table: parsers of text values by type OID. They need DateStyle ISO, the server's default. */
export const valueParsers: ValueParsers = Object.freeze({ ...SCALARS, ...arrayParsers() })

/**
 * Converts one value of a result: by `types`, else by the value table, else it stays text. A parser in `types` also applies to arrays of
 * its type.
 */
export function parseValue(typeId: number, text: string | null, types?: ValueParsers): unknown {
  if (text === null) return null
  if (types !== undefined) {
    const own = types[typeId] ?? arrayOf(typeId, types)
    if (own !== undefined) return own(text)
  }
  const parser = valueParsers[typeId]
  return parser === undefined ? text : parser(text)
}

function arrayOf(typeId: number, types: ValueParsers): ValueParser | undefined {
  const array = ARRAY_TYPES[typeId]
  const element = array === undefined ? undefined : types[array.elementId]
  return element === undefined ? undefined : (text) => parseArray(text, element, array!.delimiter)
}

function arrayParsers(): ValueParsers {
  const parsers: Record<number, ValueParser> = {}
  for (const [arrayId, { elementId, delimiter }] of Object.entries(ARRAY_TYPES)) {
    const element = SCALARS[elementId] ?? ((text: string) => text)
    parsers[Number(arrayId)] = (text) => parseArray(text, element, delimiter)
  }
  return parsers
}
