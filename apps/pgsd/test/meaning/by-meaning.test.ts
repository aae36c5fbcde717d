import { afterEach, describe, expect, test, vi } from "vitest"
import { formOf } from "../../src/meaning/forms.ts"
import type { Catalog, SchemaObject } from "../../src/model/catalog.ts"
import { catalog, column, constraint, view } from "../support/objects.ts"

afterEach(() => {
  vi.doUnmock("libpg-query")
  vi.resetModules()
})

describe("the parser", () => {
  test("is not loaded for equal definitions, nor for differences outside of definitions", async () => {
    const loaded = vi.fn()
    const compare = await compareWith(() => {
      loaded()
      return {}
    })
    const objects = [view("v", " SELECT t.a\n   FROM shop.t;"), column("t", "a", { type: "text" })]
    expect((await compare(catalog(objects), catalog(objects))).differences).toEqual([])
    await compare(catalog(objects), catalog([objects[0]!, column("t", "a", { type: "integer" })]))
    expect(loaded).not.toHaveBeenCalled()
  })

  test("falls back to comparing texts when it cannot be loaded, and says so", async () => {
    const compare = await compareWith(() => {
      throw new Error("no WebAssembly here")
    })
    const [difference] = (await compare(printedBy14, printedBy18)).differences
    expect(difference).toMatchObject({ change: "changed", name: "v", note: expect.stringContaining("compared as text") })
  })
})

const printedBy14 = catalog([view("v", " SELECT t.a\n   FROM shop.t;")], { serverMajor: 14 })
const printedBy18 = catalog([view("v", " SELECT a\n   FROM shop.t;")])

describe("a definition", () => {
  test("that is only printed differently is equal", async () => {
    expect(await differences(printedBy14, printedBy18)).toEqual([])
  })

  test("that differs is shown as the servers print it", async () => {
    const other = catalog([view("v", " SELECT b\n   FROM shop.t;")])
    const [difference] = await differences(printedBy14, other)
    expect(difference).toMatchObject({
      aspects: [{ name: "definition", source: " SELECT t.a\n   FROM shop.t;", target: " SELECT b\n   FROM shop.t;" }],
    })
    expect(difference?.note).toBeUndefined()
  })

  test("that the grammar cannot parse is compared as text, with a note", async () => {
    const [one, other] = ["CHECK (a ??? b)", "CHECK (a ??? (b))"].map((text) => catalog([constraint("t", "c", `${text} UNHEARD OF`)]))
    expect(await differences(one!, one!)).toEqual([])
    expect(await differences(one!, other!)).toMatchObject([{ note: expect.stringContaining("PostgreSQL 18's grammar could not read it") }])
  })

  test("does not affect the other aspects of the object", async () => {
    const [one, other] = ["'a'::character varying", "'a'::text"].map((value, at) =>
      catalog([column("t", "a", { type: "text", nullability: at === 0 ? "null" : "not null", default: value })]),
    )
    expect(await differences(one!, other!)).toMatchObject([{ aspects: [{ name: "nullability" }] }])
  })

  test("that is missing on one side differs", async () => {
    const [one, other] = [null, "'a'::text"].map((value) => catalog([column("t", "a", { type: "text", default: value })]))
    expect(await differences(one!, other!)).toMatchObject([{ aspects: [{ name: "default", source: null, target: "'a'::text" }] }])
  })

  test("is compared using the column types of its side", async () => {
    const side = (type: string, check: string) => catalog([column("t", "a", { type }), constraint("t", "c", check)])
    const [whole, each] = ["CHECK ((x = ANY ((ARRAY[a])::text[])))", "CHECK ((x = ANY (ARRAY[(a)::text])))"]
    expect(await differences(side("character varying", whole!), side("character varying", each!))).toEqual([])
    expect(await differences(side("text[]", whole!), side("text[]", each!))).toHaveLength(1)
  })

  test("including those of a view that it reads from", async () => {
    const of = (columnType: string): SchemaObject => ({
      ...column("v", "a", {}),
      parent: { kind: "view", name: "v" },
      columnType,
      implied: true,
    })
    const side = (type: string, list: string) =>
      catalog([view("v", "SELECT 1"), of(type), view("w", ` SELECT a.a FROM shop.v a JOIN shop.v b ON ((a.a = ANY (${list})));`)])
    const [whole, each] = ["(ARRAY[b.a])::text[]", "ARRAY[(b.a)::text]"]
    expect(await differences(side("character varying", whole!), side("character varying", each!))).toEqual([])
    expect(await differences(side("text[]", whole!), side("text[]", each!))).toHaveLength(1)
  })
})

test("every fact that is SQL has a form: checks of a domain and filters of a publication by the prefix of their names", () => {
  expect(formOf("domain", "constraint c")).toBeDefined()
  expect(formOf("publication", "filter of app.t")).toBeDefined()
  expect(formOf("domain", "type")).toBeUndefined()
  expect(formOf("comment", "definition")).toBeUndefined()
})

test("names that differ only in the quotes of a word that became a keyword are equal", async () => {
  const cast = (name: string) => catalog([{ kind: "cast", schema: null, name: "app.color AS json", facts: { function: name } }])
  const type = (...attributes: string[]) => catalog([{ kind: "composite_type", schema: "app", name: "t", facts: { attributes } }])
  expect(await differences(cast("app.json(app.color)"), cast('app."json"(app.color)'))).toEqual([])
  expect(await differences(type("a text", "json text"), type("a text", '"json" text'))).toEqual([])
  expect(await differences(type("a text", "json text"), type("a text", '"""json""" text'))).toHaveLength(1)
  expect(await differences(type("a text", "json text"), type('"json" text', "a text"))).toHaveLength(1)
  const setting = (value: string) => catalog([{ kind: "database_setting", schema: null, name: "app.x", facts: { value } }])
  expect(await differences(setting("json"), setting('"json"'))).toHaveLength(1)
})

async function differences(source: Catalog, target: Catalog) {
  const { compareByMeaning } = await import("../../src/meaning/by-meaning.ts")
  return (await compareByMeaning(source, target)).differences
}

/** The comparison with another module instead of the parser. */
async function compareWith(module: () => object) {
  vi.resetModules()
  vi.doMock("libpg-query", module)
  return (await import("../../src/meaning/by-meaning.ts")).compareByMeaning
}
