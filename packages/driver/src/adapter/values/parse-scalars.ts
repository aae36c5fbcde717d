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
