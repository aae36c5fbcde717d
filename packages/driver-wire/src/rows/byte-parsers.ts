import { readTimestamptz } from "@pgsd/driver/adapter"

/** Parses a value in place; undefined if it must be read as text. */
export type ByteParser = (bytes: Buffer, start: number, end: number) => unknown

/** The largest number of digits that a double always represents exactly. */
const SAFE_DIGITS = 15

/**
 * The most frequent types of the value table in text format, parsed without creating a string. Each returns what the value table does, or
 * undefined.
 */
export const TEXT_PARSERS: Readonly<Record<number, ByteParser>> = {
  16: parseBoolean, // bool
  21: parseInteger, // int2
  23: parseInteger, // int4
  26: parseInteger, // oid
  1184: readTimestamptz, // timestamptz
}

/**
 * Types whose binary format is exact and faster to read than text. Not among them: float4, whose text is the shortest decimal rather than
 * the nearest double; timestamptz, whose BC and infinity values stay as the server prints them, in the session's time zone; int8 and uuid,
 * which are strings in any case and slower to build from bytes.
 */
export const BINARY_PARSERS: Readonly<Record<number, ByteParser>> = {
  17: (bytes, start, end) => new Uint8Array(bytes.subarray(start, end)), // bytea
  701: (bytes, start, end) => (end - start === 8 ? bytes.readDoubleBE(start) : undefined), // float8
}

function parseBoolean(bytes: Buffer, start: number, end: number): boolean | undefined {
  if (end - start !== 1) return undefined
  return bytes[start] === 0x74 ? true : bytes[start] === 0x66 ? false : undefined
}

function parseInteger(bytes: Buffer, start: number, end: number): number | undefined {
  const negative = bytes[start] === 0x2d
  const first = negative ? start + 1 : start
  if (first >= end || end - first > SAFE_DIGITS) return undefined
  let value = 0
  for (let at = first; at < end; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return negative ? -value : value
}
