/** The longest text: six digits of the year and of the fraction, an offset with seconds. */
const MAX_LENGTH = "275760-09-12 23:59:59.999999+15:59:59".length
/** The shortest text after the year: `-01-31 23:59:59+05`. */
const MIN_AFTER_YEAR = 18
/** A Date reaches this far, in ms since 1970 (ECMA-262, time values). */
const MAX_TIME = 8.64e15

const ZERO = 48
const NINE = 57
const MINUS = 45
const PLUS = 43
const SPACE = 32
const COLON = 58
const POINT = 46

const scratch = new Uint8Array(MAX_LENGTH)

/** Like {@link readTimestamptz}, for a string; what is not an instant that a Date can hold stays text. */
export function parseTimestamptz(text: string): Date | string {
  const { length } = text
  if (length > MAX_LENGTH) return text
  // Faster than write() for so few characters.
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code > 127) return text
    scratch[at] = code
  }
  return readTimestamptz(scratch, 0, length) ?? text
}

/**
 * Parses an instant in DateStyle ISO, truncated to ms: `2026-01-31 23:59:59.123456+05:30`. Undefined for infinity, BC and years beyond a
 * Date's range (275760). Parsed by position from bytes, because large results contain many of these: a regular expression takes five times
 * as long.
 */
export function readTimestamptz(bytes: Uint8Array, start: number, end: number): Date | undefined {
  if (end - start > MAX_LENGTH) return undefined
  let at = start
  let year = 0
  for (; at < end && isDigit(bytes[at]!); at++) year = year * 10 + bytes[at]! - ZERO
  if (at - start < 4 || at - start > 6 || end - at < MIN_AFTER_YEAR) return undefined
  const month = field(bytes, at, MINUS)
  const day = field(bytes, at + 3, MINUS)
  const hour = field(bytes, at + 6, SPACE)
  const minute = field(bytes, at + 9, COLON)
  const second = field(bytes, at + 12, COLON)
  if ((day | hour | minute | second) < 0 || month < 1 || month > 12) return undefined
  at += 15
  let ms = 0
  if (bytes[at] === POINT) {
    const first = ++at
    for (let scale = 100; at < end && at < first + 6 && isDigit(bytes[at]!); at++, scale = (scale / 10) | 0)
      ms += scale * (bytes[at]! - ZERO)
    if (at === first) return undefined
  }
  const west = bytes[at] === MINUS
  let offset = 0
  for (let unit = 3_600, separator = west ? MINUS : PLUS; unit >= 1; unit /= 60, separator = COLON, at += 3) {
    if (at === end && unit < 3_600) break
    const part = end - at < 3 ? -1 : field(bytes, at, separator)
    if (part < 0) return undefined
    offset += part * unit
  }
  if (at !== end) return undefined
  const seconds = daysSince1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - (west ? -offset : offset)
  const time = seconds * 1_000 + ms
  return time > MAX_TIME ? undefined : new Date(time)
}

/** Parses a separator and two digits; -1 for anything else. */
function field(bytes: Uint8Array, at: number, separator: number): number {
  const tens = bytes[at + 1]!
  const ones = bytes[at + 2]!
  return bytes[at] === separator && isDigit(tens) && isDigit(ones) ? tens * 10 + ones - ZERO * 11 : -1
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE
}

/**
 * Days of the proleptic Gregorian calendar, counted in years that begin in March, so that the leap day is the last one. Date.UTC takes twice
 * as long, and takes the years 0 to 99 for 1900 to 1999.
 */
function daysSince1970(year: number, month: number, day: number): number {
  const fromMarch = month > 2 ? year : year - 1
  const era = Math.floor(fromMarch / 400)
  const yearOfEra = fromMarch - era * 400
  const dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) | 0) + day - 1
  return era * DAYS_OF_400_YEARS + yearOfEra * 365 + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0) + dayOfYear - DAYS_BEFORE_1970
}

const DAYS_OF_400_YEARS = 146_097
/** From 1 March of the year 0. */
const DAYS_BEFORE_1970 = 719_468
