/** Parses an integer like libpq: surrounding spaces, a sign, decimal digits, the range of a C int; undefined for anything else. */
export function parseInteger(text: string): number | undefined {
  const digits = /^[ \t\n\v\f\r]*([+-]?\d+)[ \t\n\v\f\r]*$/.exec(text)?.[1]
  if (digits === undefined) return undefined
  const value = Number(digits)
  return value >= -2_147_483_648 && value <= 2_147_483_647 ? value : undefined
}
