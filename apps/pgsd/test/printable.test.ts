import { PassThrough } from "node:stream"
import { DatabaseConnectionError, PgsdError, QueryError } from "@pgsd/driver"
import { describe, expect, test } from "vitest"
import { outputTo } from "../src/cli/terminal.ts"
import { withoutPasswords } from "../src/cli/usage.ts"
import { inColumns } from "../src/render/columns.ts"
import { errorText } from "../src/render/error-text.ts"

import { plainPaint } from "../src/render/paint.ts"
import { displayWidth, wrapped } from "../src/render/printable.ts"
import { notComparedLine } from "../src/render/summary.ts"
import { lineChanges, withoutFarLines, wordChanges } from "../src/render/text-changes.ts"

describe("widths", () => {
  test("colours and combining marks take no column, wide characters two", () => {
    expect(["ab", "\u001b[31mab\u001b[39m", "e\u0301", "日本", "한글", "ｆ", "🐘", "→"].map(displayWidth)).toEqual([2, 2, 1, 4, 4, 2, 2, 1])
  })

  test("without a terminal's width the default applies, and no terminal is narrower than 40", () => {
    const widthOf = (columns: number | undefined) =>
      outputTo(Object.assign(new PassThrough(), { columns }) as unknown as NodeJS.WriteStream).width
    expect([120, 20, 0, undefined].map(widthOf)).toEqual([120, 40, 100, 100])
  })

  test("a word longer than the line stays whole", () => {
    expect(wrapped("a verylongword b", 6)).toEqual(["a", "verylongword", "b"])
    expect(wrapped("one two three", 7)).toEqual(["one two", "three"])
  })

  test("columns shrink from the right, and cells are wrapped within theirs", () => {
    expect(inColumns([["key", "value", "from"]], 40)).toEqual(["key  value  from"])
    expect(inColumns([["key", "a b c d e f", "x y z"]], 16)).toEqual(["key  a b   x y z", "     c d", "     e f"])
  })
})

test("a line diff keeps equal lines and is as short as possible", () => {
  const marks = (one: string, other: string) =>
    lineChanges([...one], [...other])
      .map(({ mark, text }) => `${mark}${text}`)
      .join("")
  expect(marks("abc", "abc")).toBe(" a b c")
  expect(marks("abd", "acd")).toBe(" a-b+c d")
  expect(marks("", "ab")).toBe("+a+b")
  expect(marks("ab", "")).toBe("-a-b")
  expect(marks("abcabba", "cbabac").replaceAll(/[^-+]/g, "")).toHaveLength(5)
})

test("a word diff preserves both lines, and marks words that only one of them has", () => {
  const { source, target } = wordChanges("price numeric(8,2) NOT NULL", "price numeric(10,2)")
  const text = (parts: typeof source) => parts.map(([part]) => part).join("")
  const changed = (parts: typeof source) => parts.filter(([, each]) => each).map(([part]) => part)
  expect([text(source), text(target)]).toEqual(["price numeric(8,2) NOT NULL", "price numeric(10,2)"])
  expect([changed(source), changed(target)]).toEqual([["8", " NOT NULL"], ["10"]])
})

test("texts with next to nothing in common count as replaced, quickly", () => {
  const lines = (word: string) => Array.from({ length: 20_000 }, (_, at) => `${word} ${at}`)
  expect(lineChanges(["same", ...lines("a"), "end"], ["same", ...lines("b"), "end"])).toHaveLength(40_004)
})

test("a long text shows the surroundings of its differences", () => {
  const lines = lineChanges([..."abcdefghijklmnopqrst"], [..."abcdefghijKlmnopqrst"])
  expect(
    withoutFarLines(lines)
      .map((line) => line?.text ?? "…")
      .join(""),
  ).toBe("…hijkKlmn…")
  expect(withoutFarLines(lineChanges([..."abcde"], [..."abcdE"]))).toHaveLength(6)
})

test("what is not compared is listed for each side", () => {
  expect(notComparedLine([{ kind: "functions", count: 2 }], [{ kind: "rules", count: 1 }])).toBe(
    "Not compared: functions (2 in source) and rules (1 in target).",
  )
  expect(notComparedLine([], [])).toBeUndefined()
})

describe("errors", () => {
  const text = (error: unknown) => errorText(error, { paint: plainPaint, width: 100 })

  test("report what, where, the next step and the code; a hint contained in the message is not repeated", () => {
    expect(text(new PgsdError("PGSD_X", "it failed", { hint: "try that" }))).toBe("pgsd: it failed\n      → try that\n      [PGSD_X]\n")
    expect(text(new PgsdError("PGSD_X", "it failed (try that)", { hint: "try that" }))).toBe("pgsd: it failed (try that)\n      [PGSD_X]\n")
  })

  test("name the database and the SQLSTATE when a server refuses a statement", () => {
    const error = new QueryError("PGSD_QUERY_FAILED", "permission denied", { sqlState: "42501", label: "source" })
    expect(text(error)).toBe("pgsd: source: permission denied\n      [PGSD_QUERY_FAILED, SQLSTATE 42501]\n")
  })

  test("of several databases are printed separately, and each of several attempts is listed", () => {
    const both = Object.assign(new PgsdError("PGSD_INITIALIZE_FAILED", "two"), {
      errors: [new PgsdError("A", "one"), new PgsdError("B", "other")],
    })
    expect(text(both)).toBe("pgsd: one\n      [A]\npgsd: other\n      [B]\n")
    expect(text(new AggregateError(both.errors))).toBe(text(both))
    const attempts = [{ error: new DatabaseConnectionError("PGSD_TIMEOUT", "b:5432: no answer") }]
    const search = Object.assign(new DatabaseConnectionError("PGSD_NO_HOST_AVAILABLE", "no host"), { attempts })
    expect(text(search)).toBe("pgsd: no host\n      - b:5432: no answer\n      [PGSD_NO_HOST_AVAILABLE]\n")
  })

  test("contain no control characters from a server", () => {
    expect(text(new PgsdError("PGSD_X", "bell \u0007 and \u001b[2J"))).toContain("bell \\u{7} and \\u{1b}[2J")
  })

  test("that are not PgsdErrors are a defect, and say so", () => {
    expect(text(new TypeError("x is not a function"))).toContain("x is not a function, which is a defect of pgsd")
  })
})

test("an echoed argument loses its password", () => {
  expect(withoutPasswords("unknown command 'postgresql://me:a@b:c@db/app?x=1'")).toBe(
    "unknown command 'postgresql://me:[secret]@db/app?x=1'",
  )
  expect(withoutPasswords("unknown command 'host=db password='a b' user=me'")).toBe("unknown command 'host=db password=[secret] user=me'")
  expect(withoutPasswords("unknown command 'postgresql://db/app?password=abc&user=me'")).toBe(
    "unknown command 'postgresql://db/app?password=[secret]&user=me'",
  )
  expect(withoutPasswords("unknown command 'postgresql://db:5432/app'")).toBe("unknown command 'postgresql://db:5432/app'")
})
