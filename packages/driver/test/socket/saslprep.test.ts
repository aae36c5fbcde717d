import { saslprep } from "@pgsd/driver/socket"
import { describe, expect, test } from "vitest"

describe("a password is prepared as PostgreSQL does", () => {
  test.each<[what: string, password: string, prepared: string]>([
    ["ASCII as it is", "user", "user"],
    ["ASCII in upper case (RFC 4013, 3)", "USER", "USER"],
    ["soft hyphen to nothing (RFC 4013, 3)", "I\u00adX", "IX"],
    ["NFKC: feminine ordinal (RFC 4013, 3)", "\u00aa", "a"],
    ["NFKC: Roman numeral (RFC 4013, 3)", "\u2168", "IX"],
    ["NFKC: composed", "e\u0301", "\u00e9"],
    ["NFKC: full width", "\uff41\uff42", "ab"],
    ["no-break space to space", "a\u00a0b", "a b"],
    ["ideographic space to space", "a\u3000b", "a b"],
    ["zero width space to space, not to nothing", "a\u200bb", "a b"],
    ["zero width joiner to nothing", "a\u200db\u00e9", "ab\u00e9"],
    ["variation selector to nothing", "a\ufe0f", "a"],
    ["right to left alone", "\u05d0\u05d1", "\u05d0\u05d1"],
    ["right to left with a digit inside", "\u0627\u00b2\u0628", "\u06272\u0628"],
    ["a symbol that NFKC makes a Hebrew letter, beside a Latin one: the check looked before NFKC", "\u2135a", "\u05d0a"],
    ["CJK", "パスワード", "パスワード"],
    ["empty", "", ""],
  ])("%s", (_what, password, prepared) => {
    expect(saslprep(password)).toBe(prepared)
  })
})

describe("a password that SASLprep refuses is used unchanged", () => {
  test.each<[what: string, password: string]>([
    ["ASCII control characters alone are not even looked at", "a\u0007b"],
    ["a control character beside another alphabet", "\u00aa\u0007"],
    ["DEL beside another alphabet", "\u00aa\u007f"],
    ["private use", "\u00aa\ue000"],
    ["a character that Unicode 3.2 does not know", "\u00aa\u{1f499}"],
    ["an unpaired surrogate", "\u00aa\ud800"],
    ["a non-character", "\u00aa\ufffe"],
    ["a tag character", "\u00aa\u{e0041}"],
    ["right to left with a digit at the end (RFC 4013, 3)", "\u0627\u00b2"],
    ["right to left with a digit at the beginning", "\u00b2\u0627"],
    ["right to left mixed with left to right", "\u0627\u00aa\u0628"],
    ["nothing left", "\u00ad\u00ad"],
    ["Arabic end of ayah", "\u00aa\u06dd"],
    ["a Hebrew letter beside a symbol that NFKC makes one: the check looks before NFKC", "\u2135\u05d0"],
  ])("%s", (_what, password) => {
    expect(saslprep(password)).toBe(password)
  })
})
