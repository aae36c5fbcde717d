/**
 * Converts an address that libpq's hostaddr accepts to one that Node can dial: IPv4, IPv6 with or without a zone, and the short, octal and
 * hexadecimal notations of IPv4 that the C library accepts (`127.1`, `0x7f000001`).
 */
export function numericAddress(text: string): string | undefined {
  // Loaded only if there is an address: node:net is the slowest import of the package.
  if (process.getBuiltinModule("node:net").isIP(text) !== 0) return text
  const parts = text.split(".")
  if (parts.length > 4) return undefined
  const numbers = parts.map(parsePart)
  if (numbers.includes(undefined)) return undefined
  const values = numbers as number[]
  const last = values.pop()!
  // The last part fills the remaining bytes.
  if (values.some((value) => value > 255) || last >= 256 ** (4 - values.length)) return undefined
  const tail = Array.from({ length: 4 - values.length }, (_, index) => Math.floor(last / 256 ** (3 - values.length - index)) % 256)
  return [...values, ...tail].join(".")
}

function parsePart(part: string): number | undefined {
  if (/^0[xX][0-9A-Fa-f]+$/.test(part)) return Number.parseInt(part.slice(2), 16)
  if (/^0[0-7]*$/.test(part)) return Number.parseInt(part, 8)
  return /^[1-9]\d*$/.test(part) ? Number.parseInt(part, 10) : undefined
}
