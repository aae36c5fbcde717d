import { PgsdError, quoteIdentifier, quoteLiteral } from "@pgsd/driver"
import { describe, expect, test } from "vitest"

describe("identifiers are quoted as PQescapeIdentifier does", () => {
  test.each([
    ["plain", '"plain"'],
    ["Mixed Case", '"Mixed Case"'],
    ["select", '"select"'],
    ['say "hi"', '"say ""hi"""'],
    ["back\\slash", '"back\\slash"'],
    ["", '""'],
    ["schéma💙", '"schéma💙"'],
  ])("%j", (name, quoted) => expect(quoteIdentifier(name)).toBe(quoted))
})

describe("literals are quoted as PQescapeLiteral does", () => {
  test.each([
    ["plain", "'plain'"],
    ["", "''"],
    ["it's", "'it''s'"],
    ["a\\b", " E'a\\\\b'"],
    ["\\'; drop table x; --", " E'\\\\''; drop table x; --'"],
    ["line\nbreak", "'line\nbreak'"],
    ["$1 ?", "'$1 ?'"],
  ])("%j", (value, quoted) => expect(quoteLiteral(value)).toBe(quoted))

  test("a backslash literal directly after a keyword stays separate from it", () => {
    expect(`select${quoteLiteral("\\")}`).toBe("select E'\\\\'")
  })
})

describe("refuses values without an SQL form", () => {
  test.each([
    ["NUL", "a\0b", "cannot contain a NUL character"],
    ["a number", 1, "must be a string, not number"],
    ["null", null, "must be a string, not null"],
    ["undefined", undefined, "must be a string, not undefined"],
    ["an array", ["a"], "must be a string, not object"],
  ])("%s", (_what, value, text) => {
    for (const quote of [quoteIdentifier, quoteLiteral]) {
      expect(() => quote(value as string)).toThrow(PgsdError)
      expect(() => quote(value as string)).toThrow(text)
    }
  })
})
