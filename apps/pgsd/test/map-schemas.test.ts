import { describe, expect, test } from "vitest"
import type { SchemaObject } from "../src/model/catalog.ts"
import { compare } from "../src/model/compare.ts"
import { mapSchemas } from "../src/model/map-schemas.ts"
import { renameInSql } from "../src/model/schema-names.ts"
import { catalog } from "./support/objects.ts"

const rename = (text: string) => renameInSql(text, [{ from: "a", to: "b", names: new Set(["t", "next_no", "Odd Name", "==="]) }])

describe("a mapped schema name in SQL", () => {
  test.each([
    ["SELECT x FROM a.t", "SELECT x FROM b.t"],
    ["nextval('a.t'::regclass)", "nextval('b.t'::regclass)"],
    [`SELECT "a"."Odd Name"`, `SELECT b."Odd Name"`],
    ["x OPERATOR(a.===) y", "x OPERATOR(b.===) y"],
    ["a.next_no()", "b.next_no()"],
  ])("%s becomes %s", (before, after) => expect(rename(before)).toBe(after))

  test.each([
    "SELECT a.x FROM t a", // an alias and a column: x is nothing in the schema
    "SELECT 'a.t'::text",
    "SELECT other.a.t",
    "SELECT aa.t",
    `SELECT "A".t`,
  ])("%s stays", (text) => expect(rename(text)).toBe(text))
})

describe("mapped schemas", () => {
  const shop = (schema: string, type = "mood"): SchemaObject[] => [
    { kind: "schema", schema: null, name: schema, facts: {} },
    { kind: "enum", schema, name: type, facts: { labels: ["x"] } },
    { kind: "table", schema, name: "t", facts: { inherits: [`${schema}.parent`] } },
    { kind: "table", schema, name: "parent", facts: {} },
    {
      kind: "column",
      schema,
      parent: { kind: "table", name: "t" },
      name: "m",
      facts: { type: `${schema}.${type}`, default: `'x'::${schema}.${type}` },
    },
    { kind: "function", schema, name: `f(${schema}.${type})`, facts: { definition: `CREATE FUNCTION ${schema}.f(${schema}.${type})` } },
    { kind: "publication", schema: null, name: "p", facts: { schemas: [schema], [`table ${schema}.t`]: "all columns" } },
  ]
  const mapped = (map: Record<string, string>, one: readonly SchemaObject[], other: readonly SchemaObject[]) =>
    compare(mapSchemas(catalog(one), new Map(Object.entries(map))), catalog(other)).differences

  test("one schema is mapped to the other, in names and in every text", () => {
    expect(compare(catalog(shop("a")), catalog(shop("b"))).differences).not.toEqual([])
    expect(mapped({ a: "b" }, shop("a"), shop("b"))).toEqual([])
  })

  test("two can be swapped", () => {
    const both = (one: string, other: string) => [...shop(one), ...shop(other, "temper")].filter(({ kind }) => kind !== "publication")
    expect(mapped({ a: "b", b: "a" }, both("a", "b"), both("b", "a"))).toEqual([])
  })

  test("differences are still found", () => {
    const [difference, ...rest] = mapped(
      { a: "b" },
      shop("a"),
      shop("b").map((each) => (each.kind === "column" ? { ...each, facts: { ...each.facts, default: "'y'::b.mood" } } : each)),
    )
    expect(rest).toEqual([])
    expect(difference).toMatchObject({
      kind: "column",
      schema: "b",
      aspects: [{ name: "default", source: "'x'::b.mood", target: "'y'::b.mood" }],
    })
  })
})
