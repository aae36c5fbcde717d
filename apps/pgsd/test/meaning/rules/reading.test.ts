import { describe, expect, test } from "vitest"
import { expectAll, type Pair, VIEW, verdict } from "../support/verdicts.ts"

describe("unparsable definitions", () => {
  test("are compared as text", () => {
    expect(verdict(VIEW, "SELECT FROM WHERE", "SELECT 1")).toBe("unread")
    expect(verdict(VIEW, "SELECT 1; SELECT 2", "SELECT 1; SELECT 3")).toBe("unread")
    expect(verdict(["column", "default"], "1) AS a; DROP TABLE t; SELECT (1", "1")).toBe("unread")
    const nested = (depth: number) => `SELECT ${"f(".repeat(depth)}1${")".repeat(depth)}`
    expect(verdict(VIEW, nested(500), nested(501))).toBe("different")
    expect(verdict(VIEW, nested(100_000), nested(100_001))).toBe("unread")
    expect(verdict(VIEW, `SELECT '${"x".repeat(1_000_001)}'`, "SELECT 1")).toBe("unread")
    expect(verdict(VIEW, "SELECT t.a FROM app.t", "SELECT a FROM app.t")).toBe("same")
  })
})

test("two thousand pairs take less than a second of a quiet machine", () => {
  const pairs = Array.from(
    { length: 2_000 },
    (_, at): Pair => [
      ` SELECT t${at}.id,\n    t${at}.name,\n    upper((t${at}.kind)::text) AS kind\n   FROM app.t${at}\n  WHERE ((t${at}.kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]));`,
      ` SELECT id,\n    name,\n    upper((kind)::text) AS kind\n   FROM app.t${at}\n  WHERE ((kind)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]));`,
    ],
  )
  expectAll(VIEW, "same", pairs.slice(0, 100))
  const before = process.cpuUsage()
  for (const [one, other] of pairs) expect(verdict(VIEW, one, other)).toBe("same")
  const { user, system } = process.cpuUsage(before)
  // CPU time instead of elapsed time, with a margin for a busy machine: 0.5 s with both cores to itself.
  expect((user + system) / 1e6).toBeLessThan(3)
})
