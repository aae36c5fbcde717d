import { describe, expect, test } from "vitest"
import { missingExclusions, refuseImpossibleMap } from "../src/commands/diff-schemas.ts"
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

  const mappedTo = (one: readonly SchemaObject[], other: readonly SchemaObject[], schemaNames: string[]) =>
    compare(mapSchemas(catalog(one, { schemaNames }), new Map([["a", "b"]])), catalog(other)).differences

  test("a range type's multirange type is in the schema, too", () => {
    const range = (schema: string): SchemaObject[] => [
      { kind: "range_type", schema, name: "r", facts: { subtype: "integer", multirange: `${schema}."R multi"` } },
      { kind: "column", schema, parent: { kind: "table", name: "t" }, name: "m", facts: { type: `${schema}."R multi"[]` } },
    ]
    expect(mapped({ a: "b" }, range("a"), range("b"))).toEqual([])
  })

  test("a table by the schema's name is not the schema, though its columns are named as tables are not", () => {
    const table = (schema: string): SchemaObject[] => [
      { kind: "table", schema, name: "a", facts: {} },
      { kind: "column", schema, parent: { kind: "table", name: "a" }, name: "id", facts: {} },
      { kind: "view", schema, name: "v", facts: { definition: ` SELECT a.id FROM ${schema}.a;` } },
    ]
    expect(mapped({ a: "b" }, table("a"), table("b"))).toEqual([])
  })

  test("a search_path of functions and of the database is mapped", () => {
    const paths = (schema: string): SchemaObject[] => [
      {
        kind: "function",
        schema,
        name: "f()",
        facts: { definition: `CREATE FUNCTION ${schema}.f()\n SET search_path TO '${schema}', 'public'\n` },
      },
      { kind: "database_setting", schema: null, name: "search_path", facts: { value: `"$user", ${schema}, public` } },
      { kind: "database_setting", schema: null, name: "bob.search_path", facts: { value: `${schema}` } },
      { kind: "database_setting", schema: null, name: "work_mem", facts: { value: "a" } },
    ]
    expect(mapped({ a: "b" }, paths("a"), paths("b"))).toEqual([])
    expect(mapped({ a: "b" }, paths("a"), paths("c"))).toHaveLength(4)
  })

  test("the source's own schema by a target's name is another schema", () => {
    const reading = (schema: string, from: string): SchemaObject[] => [
      { kind: "table", schema, name: "t", facts: {} },
      { kind: "view", schema, name: "v", facts: { definition: ` SELECT b.x FROM ${from}.t b;` } },
      { kind: "view", schema, name: "w", facts: { definition: ` SELECT t.x FROM ${from}.t;` } },
    ]
    expect(mappedTo(reading("a", "b"), reading("b", "b"), ["a", "b"])).toMatchObject([{ name: "w" }])
    expect(mappedTo(reading("a", "a"), reading("b", "b"), ["a", "b"])).toEqual([])
    expect(mappedTo(reading("a", "a"), reading("b", "b"), ["a"])).toEqual([])
  })

  test("a schema that was not read exists all the same", () => {
    const [source, target] = [catalog([], { schemaNames: ["a", "c"] }), catalog([], { schemaNames: ["b", "c"] })]
    expect(() => refuseImpossibleMap(new Map([["a", "b"]]), source, target)).not.toThrow()
    expect(() => refuseImpossibleMap(new Map([["x", "b"]]), source, target)).toThrow('the source does not have a schema "x"')
    expect(() => refuseImpossibleMap(new Map([["a", "x"]]), source, target)).toThrow('the target does not have a schema "x"')
    expect(missingExclusions({ excludeSchema: ["a", "b", "typo"] }, source, target)).toEqual(["typo"])
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
