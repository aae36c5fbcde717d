import { parseValue } from "@pgsd/driver/adapter"
import fc from "fast-check"
import { expect, test } from "vitest"

// The reference implementation of parseTimestamptz: a regular expression.
const MEANING = /^(\d{4,6})-(0[1-9]|1[0-2])-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/

function meaningOf(text: string): Date | string {
  const match = MEANING.exec(text)
  if (match === null) return text
  const [, year, month, day, hour, minute, second, fraction = "", sign, hours, minutes = 0, seconds = 0] = match
  const ms = Number(fraction.padEnd(3, "0").slice(0, 3))
  const offset = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * (sign === "-" ? -1 : 1)
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(second) - offset, ms)
  return Number.isNaN(date.getTime()) ? text : date
}

const digits = (from: number, to: number) => fc.stringMatching(new RegExp(`^[0-9]{${from},${to}}$`))
const two = (limit: number) => fc.nat(limit).map((number) => String(number).padStart(2, "0"))
const year = fc.oneof(
  fc.integer({ min: 0, max: 275_761 }).map((number) => String(number).padStart(4, "0")),
  fc.constantFrom("0000", "0099", "0100", "9999", "275760", "275761", "999999"),
)

/** A timestamptz as a server prints it, with every optional part. */
const printed = fc
  .tuple(
    year,
    two(13),
    two(32),
    two(24),
    two(60),
    two(60),
    fc.option(digits(1, 6)),
    fc.constantFrom("+", "-"),
    two(15),
    fc.option(two(59)),
    fc.option(two(59)),
  )
  .map(([y, mo, d, h, mi, s, fraction, sign, oh, om, os]) => {
    const offset = `${sign}${oh}${om === null ? "" : `:${om}`}${om === null || os === null ? "" : `:${os}`}`
    return `${y}-${mo}-${d} ${h}:${mi}:${s}${fraction === null ? "" : `.${fraction}`}${offset}`
  })

/** A mutation: one character removed, inserted or replaced. */
const nearly = fc
  .tuple(printed, fc.nat(32), fc.nat(3), fc.constantFrom("", "0", "9", "x", ":", "-", "+", ".", " ", "T", "Z", " BC", "é", "٣"))
  .map(([text, at, taken, put]) => text.slice(0, at) + put + text.slice(at + taken))

test("agrees with the regular expression", () => {
  fc.assert(
    fc.property(fc.oneof(printed, nearly, fc.string({ maxLength: 35 })), (text) => {
      expect(parseValue(1184, text)).toStrictEqual(meaningOf(text))
    }),
    { numRuns: 20_000 },
  )
})

test.each([
  "infinity",
  "-infinity",
  "0044-03-15 00:00:00+00 BC",
  "294276-12-31 23:59:59.999999+00",
  "",
  "01/31/2024 00:00:00 UTC",
  "2024-01-31 00:00:00.+00",
  "2024-13-31 00:00:00+00",
  "2024-01-31 00:00:00.1234567+00",
  "2024-01-31 00:00:0٣+00",
])("%j stays text", (text) => {
  expect(parseValue(1184, text)).toBe(text)
})
