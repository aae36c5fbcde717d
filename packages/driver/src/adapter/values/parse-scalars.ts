export function parseBoolean(text: string): boolean | string {
  return text === "t" ? true : text === "f" ? false : text
}

/** int2, int4, oid, float4, float8; NaN and Infinity are numbers too. */
export function parseNumber(text: string): number | string {
  const value = Number(text)
  if (Number.isNaN(value)) return text === "NaN" ? value : text
  // Number() converts white space to 0: the only result that needs a check.
  return value === 0 && text.trim() === "" ? text : value
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** bytea_output hex, or escape as before 9.0 and with some poolers' settings. */
export function parseBytea(text: string): Uint8Array | string {
  return text.startsWith("\\x") ? parseHex(text) : parseEscape(text)
}

function parseHex(text: string): Uint8Array | string {
  const digits = text.length - 2
  // Buffer.from silently stops at the first invalid digit, and before half a byte.
  const bytes = Buffer.from(text.slice(2), "hex")
  return bytes.length === digits / 2 ? asUint8Array(bytes) : text
}

function parseEscape(text: string): Uint8Array | string {
  const bytes = new Uint8Array(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 126) return text
    if (code !== 92) {
      bytes[length++] = code
    } else if (text[at + 1] === "\\") {
      bytes[length++] = 92
      at++
    } else {
      const octal = text.slice(at + 1, at + 4)
      if (!/^[0-3][0-7]{2}$/.test(octal)) return text
      bytes[length++] = Number.parseInt(octal, 8)
      at += 3
    }
  }
  return bytes.slice(0, length)
}

// A plain array with its own memory: a Buffer prints, compares and serialises differently, and may share a pool.
function asUint8Array(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes)
}

/**
 * Parses an instant in DateStyle ISO, truncated to ms: `2026-01-31 23:59:59.123456+05:30`. Infinity, BC and years beyond a Date's range
 * (275760) stay text. Parsed by position, because a regular expression takes three times as long, and large results contain many of these.
 */
export function parseTimestamptz(text: string): Date | string {
  let at = 4
  let year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  for (; at < 6 && text.charCodeAt(at) !== MINUS; at++) year = year * 10 + digit(text, at)
  const month = field(text, at, MINUS)
  const day = field(text, at + 3, MINUS)
  const hour = field(text, at + 6, SPACE)
  const minute = field(text, at + 9, COLON)
  const second = field(text, at + 12, COLON)
  at += 15
  let ms = 0
  if (text.charCodeAt(at) === POINT) {
    const first = ++at
    for (let scale = 100; at < first + 6 && isDigit(text, at); at++, scale = Math.trunc(scale / 10)) ms += scale * digit(text, at)
    if (at === first) return text
  }
  const west = text.charCodeAt(at) === MINUS
  let offset = field(text, at, west ? MINUS : PLUS) * 3600
  at += 3
  for (let unit = 60; unit >= 1 && at < text.length; unit /= 60, at += 3) offset += field(text, at, COLON) * unit
  if (at !== text.length) return text
  const time = utc(year, month - 1, day, hour, minute, second - (west ? -offset : offset), ms)
  return Number.isNaN(time) ? text : new Date(time)
}

const MINUS = 45
const PLUS = 43
const SPACE = 32
const COLON = 58
const POINT = 46

/** Parses a separator and two digits; NaN for anything else. */
function field(text: string, at: number, separator: number): number {
  return text.charCodeAt(at) === separator ? twoDigits(text, at + 1) : Number.NaN
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1)
}

function digit(text: string, at: number): number {
  return isDigit(text, at) ? text.charCodeAt(at) - 48 : Number.NaN
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}

/** Date.UTC without its mapping of the years 0 to 99 to 1900 to 1999. */
function utc(year: number, month: number, day: number, hour: number, minute: number, second: number, ms: number): number {
  if (!(year < 100)) return Date.UTC(year, month, day, hour, minute, second, ms)
  const date = new Date(0)
  date.setUTCFullYear(year, month, day)
  return date.setUTCHours(hour, minute, second, ms)
}
