import { performance } from "node:perf_hooks"
import { expect, test } from "vitest"
import { namesIn } from "../src/sql/order.ts"

test.each([
  ["SELECT a FROM shop.t, other.u", ["shop.t", ".shop", "other.u", ".other"]],
  [`SELECT "a b"."c""d"`, ['a b.c"d', ".a b"]],
  ["GRANT USAGE ON SCHEMA shop TO r", [".shop"]],
  ["nextval('shop.seq'::regclass)", ["shop.seq", ".shop"]],
  ["SELECT shop.t.a", ["shop.t", ".shop"]],
  [`COMMENT ON TABLE shop.t IS 'a " alone'`, ["shop.t", ".shop"]],
  ["SELECT $$ a.b $$, c.d", ["c.d", ".c"]],
  ["SELECT $x$ a.b $$ e.f $y$ $x$, c.d", ["c.d", ".c"]],
  ["SELECT $x$ a.b $y$, c.d", ["a.b", ".a", "c.d", ".c"]],
  ["SELECT $$$$, c.d, $a$b$a$a.b $a$", ["c.d", ".c", "a.b", ".a"]],
])("%s mentions %j", (sql, names) => expect([...namesIn(sql)].sort()).toEqual([...names].sort()))

// Some of them take seconds if every position starts a new search.
test.each([
  ["a word", "a".repeat(40_000)],
  ["quotes", '"'.repeat(40_001)],
  ["escaped quotes", `"${'""'.repeat(20_000)} `],
  ["dollar tags that nothing ends", Array.from({ length: 40_000 }, (_, at) => `$t${at}$ `).join("")],
])("a long text is read quickly: %s", (_, text) => {
  const begun = performance.now()
  expect([...namesIn(`COMMENT ON TABLE shop.t IS '${text}'`)]).toEqual(["shop.t", ".shop"])
  expect(performance.now() - begun).toBeLessThan(1_000)
})
