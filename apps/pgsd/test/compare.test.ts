import { describe, expect, test } from "vitest"
import type { SchemaObject } from "../src/model/catalog.ts"
import { compare } from "../src/model/compare.ts"
import { selectedFacts, selectedKinds } from "../src/model/selection.ts"
import { catalog, column, constraint, enumType, index, table, view } from "./support/objects.ts"

const id = { type: "bigint", nullability: "not null", default: null }

describe("compare", () => {
  test("a catalog equals itself, in whatever order its objects were read", () => {
    const objects = [
      table("orders"),
      column("orders", "id", id),
      index("orders", "orders_id", "CREATE INDEX …"),
      enumType("mood", "a", "b"),
    ]
    expect(compare(catalog(objects), catalog(objects.toReversed())).differences).toEqual([])
  })

  test("added and removed are relative to the source, and swapping the sides swaps them", () => {
    const [one, other] = [catalog([table("old"), table("both")]), catalog([table("both"), table("new")])]
    expect(compare(one, other).differences.map(({ change, name }) => `${change} ${name}`)).toEqual(["added new", "removed old"])
    expect(compare(other, one).differences.map(({ change, name }) => `${change} ${name}`)).toEqual(["removed new", "added old"])
  })

  test("a changed object lists each aspect with both values; a fact unknown to one server is not a difference", () => {
    const before = column("orders", "total", { type: "numeric(8,2)", nullability: "null" })
    const after = column("orders", "total", { type: "numeric(10,2)", nullability: "null", compression: "lz4" })
    expect(compare(catalog([before]), catalog([after])).differences[0]?.aspects).toEqual([
      { name: "type", source: "numeric(8,2)", target: "numeric(10,2)" },
      { name: "compression", source: null, target: "lz4" },
    ])
  })

  test("names of Object.prototype's members are ordinary names", () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      const owned = (value: string): Record<string, string> => JSON.parse(JSON.stringify({ [name]: value }))
      const grants = JSON.parse(JSON.stringify({ [name]: ["SELECT"] }))
      const [without, one, other] = [table("t"), table("t", owned("1")), table("t", owned("2"))]
      const aspects = (before: SchemaObject, after: SchemaObject) => compare(catalog([before]), catalog([after])).differences[0]?.aspects
      expect(aspects(one, other)).toEqual([{ name, source: "1", target: "2" }])
      expect(aspects(without, one)).toEqual([{ name, source: null, target: "1" }])
      expect(aspects(one, without)).toEqual([{ name, source: "1", target: null }])
      const given = compare(catalog([{ ...without, grants: {} }]), catalog([{ ...without, grants }]))
      expect(given.differences).toMatchObject([{ change: "added", kind: "grant", name }])
      const { environment } = compare(catalog([]), catalog([], { environment: owned("1") }))
      expect(environment).toEqual([{ name, source: null, target: "1" }])
    }
  })

  test("the order of an enum's labels counts", () => {
    const { differences } = compare(catalog([enumType("mood", "a", "b")]), catalog([enumType("mood", "b", "a")]))
    expect(differences).toMatchObject([{ change: "changed", aspects: [{ name: "labels", source: ["a", "b"], target: ["b", "a"] }] }])
  })

  test("the parts of a new table belong to it and are not separate differences", () => {
    const added = [table("coupons"), column("coupons", "code", id), constraint("coupons", "coupons_pkey", "PRIMARY KEY (code)")]
    const { differences } = compare(catalog([]), catalog(added))
    expect(differences).toHaveLength(1)
    expect(differences[0]?.contents.map(({ name }) => name)).toEqual(["code", "coupons_pkey"])
  })

  test("an index of an existing table is a difference of its own, and refers to its table", () => {
    const { differences } = compare(
      catalog([table("t")]),
      catalog([table("t"), index("t", "t_a", "CREATE INDEX t_a ON shop.t USING btree (a)")]),
    )
    expect(differences).toMatchObject([{ change: "added", kind: "index", name: "t_a", parent: { kind: "table", name: "t" } }])
  })

  test("a table that became a view is removed as one and added as the other", () => {
    const { differences } = compare(catalog([table("t"), column("t", "id", id)]), catalog([view("t", " SELECT 1;")]))
    expect(differences.map(({ change, kind }) => `${change} ${kind}`)).toEqual(["removed table", "added view"])
  })

  test("a partition's column inherited from its parent is not listed, but its own default is", () => {
    const inherited = (facts: Record<string, string | null>) => ({
      ...column("orders_2026", "note", facts),
      inheritedFrom: [{ schema: "shop", name: "orders" }],
    })
    const [text, json] = [
      { type: "text", default: null },
      { type: "jsonb", default: null },
    ]
    const follows = compare(
      catalog([column("orders", "note", text), inherited(text)]),
      catalog([column("orders", "note", json), inherited(json)]),
    )
    expect(follows.differences.map(({ parent }) => parent?.name)).toEqual(["orders"])
    const own = compare(catalog([inherited(text)]), catalog([inherited({ ...text, default: "'n/a'::text" })]))
    expect(own.differences.map(({ parent }) => parent?.name)).toEqual(["orders_2026"])
    const added = compare(catalog([]), catalog([column("orders", "note", text), inherited(text)]))
    expect(added.differences.map(({ parent }) => parent?.name)).toEqual(["orders"])
    const alone = compare(catalog([]), catalog([inherited(text)]))
    expect(alone.differences.map(({ parent }) => parent?.name)).toEqual(["orders_2026"])
  })

  test("the order is by schema, table, kind and name, by code unit", () => {
    const other = { ...table("a"), schema: "audit" }
    const { differences } = compare(
      catalog([]),
      catalog([
        index("b", "x", "…"),
        column("b", "z", id),
        column("b", "y", id),
        table("é"),
        table("Z"),
        other,
        { ...table("s"), kind: "schema", schema: null },
      ]),
    )
    expect(
      differences.map(({ schema, parent, name }) => [schema, parent?.name, name].filter((each) => each !== undefined).join("/")),
    ).toEqual(["/s", "audit/a", "shop/Z", "shop/b/y", "shop/b/z", "shop/b/x", "shop/é"])
  })

  test("counts each compared object once", () => {
    expect(compare(catalog([table("a"), table("b")]), catalog([table("b"), table("c")])).compared).toEqual({ table: 3 })
  })
})

describe("owner, grants and comments", () => {
  const owned = (properties: Partial<SchemaObject>): SchemaObject => ({ ...table("t"), ...properties })
  const differences = (one: SchemaObject, other: SchemaObject, majors: readonly [number, number] = [18, 18]) =>
    compare(catalog([one], { serverMajor: majors[0] }), catalog([other], { serverMajor: majors[1] })).differences

  test("are differences of their own, which refer to their object", () => {
    const found = differences(owned({ owner: "a", comment: "x" }), owned({ owner: "b", grants: { app: ["SELECT"] } }))
    expect(found.map(({ change, kind, name, on }) => [change, kind, name, on?.kind, on?.name])).toEqual([
      ["changed", "owner", "t", "table", "t"],
      ["added", "grant", "app", "table", "t"],
      ["removed", "comment", "t", "table", "t"],
    ])
  })

  test("of an added or removed table belong to it", () => {
    const { differences: found } = compare(catalog([]), catalog([owned({ owner: "a", comment: "x", grants: { app: ["SELECT"] } })]))
    expect(found).toMatchObject([{ change: "added", kind: "table" }])
    expect(found).toHaveLength(1)
  })

  test("MAINTAIN counts only between servers that have it", () => {
    const [with_, without] = [owned({ grants: { app: ["MAINTAIN", "SELECT"] } }), owned({ grants: { app: ["SELECT"] } })]
    expect(differences(with_, without, [18, 17])).toHaveLength(1)
    expect(differences(with_, without, [18, 16])).toEqual([])
    const byDefault = (...privileges: string[]): SchemaObject => ({
      kind: "default_privilege",
      schema: null,
      name: "a:tables:b",
      facts: { privileges },
    })
    expect(differences(byDefault("SELECT"), byDefault("MAINTAIN", "SELECT"), [14, 18])).toEqual([])
    expect(differences(byDefault("SELECT"), byDefault("INSERT", "MAINTAIN", "SELECT"), [14, 18])).toHaveLength(1)
    expect(differences(byDefault("SELECT"), byDefault("MAINTAIN", "SELECT"), [17, 18])).toHaveLength(1)
  })

  test("objects of initdb may differ in owner and in grants to PUBLIC, as long as both sides are unchanged", () => {
    const [old, fresh] = [owned({ owner: "postgres", grants: { PUBLIC: ["CREATE"] } }), owned({ owner: "pg_database_owner" })]
    const [owner, both] = [{ owner: true } as const, { owner: true, public: true } as const]
    const kinds = (one: SchemaObject, other: SchemaObject) => differences(one, other).map(({ kind }) => kind)
    expect(kinds({ ...old, initial: both }, { ...fresh, initial: both })).toEqual([])
    expect(kinds({ ...old, initial: both }, { ...fresh, initial: owner })).toEqual(["grant"])
    expect(kinds({ ...old, initial: both }, { ...fresh, initial: { public: true } })).toEqual(["owner"])
    expect(kinds({ ...old, initial: both }, fresh)).toEqual(["owner", "grant"])
    expect(kinds({ ...old, grants: { ...old.grants, app: ["USAGE"] }, initial: both }, { ...fresh, initial: both })).toEqual(["grant"])
  })
})

describe("possible secrets", () => {
  const server = (digest: string): SchemaObject => ({
    ...table("s"),
    facts: { "option host": "(hidden)" },
    secrets: { "option host": digest },
  })

  test("are compared by digest and shown as hidden", () => {
    expect(compare(catalog([server("1")]), catalog([server("1")])).differences).toEqual([])
    expect(compare(catalog([server("1")]), catalog([server("2")])).differences[0]?.aspects).toEqual([
      { name: "option host", source: "a hidden value", target: "another one" },
    ])
  })

  test("are not compared where a role may not read them", () => {
    const hidden: SchemaObject = { ...table("s"), facts: {}, unreadable: ["option *"] }
    expect(compare(catalog([server("1")]), catalog([hidden])).differences).toEqual([])
  })
})

describe("a selection", () => {
  const before = catalog([])
  const after = catalog([table("t"), column("t", "id", id), index("u", "u_a", "…"), enumType("mood", "a")])
  const kinds = (selection: Parameters<typeof selectedKinds>[1]) =>
    selectedKinds(compare(before, after), selection).differences.map(({ kind }) => kind)

  test("includes kinds with their parts, or excludes them", () => {
    expect(kinds({})).toEqual(["enum", "table", "index"])
    expect(kinds({ only: ["table"] })).toEqual(["table", "index"])
    expect(kinds({ only: ["index"] })).toEqual(["index"])
    expect(kinds({ except: ["table"] })).toEqual(["enum"])
    expect(
      selectedKinds(compare(before, after), { except: ["column"] }).differences.find(({ kind }) => kind === "table")?.contents,
    ).toEqual([])
  })

  test("excludes owners, grants, comments and versions of extensions", () => {
    const extension = (version: string): SchemaObject => ({
      kind: "extension",
      schema: null,
      name: "x",
      facts: { version },
      owner: version,
    })
    const [one, other] = [catalog([extension("1")]), catalog([extension("2")])]
    const selection = { except: ["owner"], extensionVersions: false } as const
    expect(compare(one, other).differences).toHaveLength(2)
    expect(compare(selectedFacts(one, selection), selectedFacts(other, selection)).differences).toEqual([])
  })
})
