export function parseBoolean(text: string): boolean | string {
  return text === "t" ? true : text === "f" ? false : text
}

/** int2, int4, oid, float4, float8; NaN and Infinity are numbers too. */
export function parseNumber(text: string): number | string {
  const value = Number(text)
  if (Number.isNaN(value)) return text === "NaN" ? value : text
  // White space is 0 to Number(): the one value that needs a second look.
  return value === 0 && text.trim() === "" ? text : value
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** bytea_output hex, or escape as servers before 9.0 and some poolers' settings have it. */
export function parseBytea(text: string): Uint8Array | string {
  return text.startsWith("\\x") ? parseHex(text) : parseEscape(text)
}

function parseHex(text: string): Uint8Array | string {
  const digits = text.length - 2
  // Buffer.from stops at the first wrong digit, and before half a byte, without a word.
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

// A plain array of its own memory: a Buffer prints, compares and serialises differently, and may be a window on a shared pool.
function asUint8Array(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes)
}

const TIMESTAMPTZ = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/

/** An instant in DateStyle ISO, cut to ms. Infinity, BC and what lies beyond a Date's range (the year 275760) stay text. */
export function parseTimestamptz(text: string): Date | string {
  const match = TIMESTAMPTZ.exec(text)
  if (match === null) return text
  const [, year, month, day, hour, minute, second, fraction = "", sign, hours, minutes = 0, seconds = 0] = match
  const ms = Number(fraction.padEnd(3, "0").slice(0, 3))
  const offset = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * (sign === "-" ? -1 : 1)
  const date = new Date(0)
  // Not Date.UTC: it takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(second) - offset, ms)
  return Number.isNaN(date.getTime()) ? text : date
}
