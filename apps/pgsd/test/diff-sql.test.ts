import { PRINTING_SETTINGS } from "@pgsd/connector"
import { describe, expect, test } from "vitest"
import type { Catalog, SchemaObject } from "../src/model/catalog.ts"
import { compare } from "../src/model/compare.ts"
import type { Difference } from "../src/model/difference.ts"
import { diffSql } from "../src/render/diff-sql.ts"
import { scriptOf } from "../src/sql/plan.ts"
import { catalog, column, constraint, enumType, table, view } from "./support/objects.ts"
import { reportOf } from "./support/reports.ts"

const script = (source: Catalog, target: Catalog, options = {}) => diffSql(reportOf(source, target), source, target, options)
const integer = { type: "integer", nullability: "null" }

/** Lines that a server would run. */
const active = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("--") && !line.startsWith("SET LOCAL "))

describe("diff --format sql", () => {
  test("creates a table before objects that refer to it, and keys before foreign keys, whatever their names", () => {
    const target = catalog([
      table("a"),
      column("a", "z_id", integer),
      constraint("a", "a_fk", "FOREIGN KEY (z_id) REFERENCES shop.z(id)"),
      view("b", " SELECT id FROM shop.w;"),
      view("w", " SELECT id FROM shop.z;"),
      table("z"),
      column("z", "id", { ...integer, nullability: "not null" }),
      constraint("z", "z_pkey", "PRIMARY KEY (id)"),
    ])
    const lines = active(script(catalog([]), target)).filter((line) => /^(CREATE|ALTER|BEGIN|COMMIT)/.test(line))
    expect(lines.map((line) => line.replace(/ \($| AS$/, ""))).toEqual([
      "BEGIN;",
      'CREATE TABLE "shop"."a"',
      'CREATE TABLE "shop"."z"',
      'ALTER TABLE "shop"."z" ADD CONSTRAINT "z_pkey" PRIMARY KEY (id);',
      'ALTER TABLE "shop"."a" ADD CONSTRAINT "a_fk" FOREIGN KEY (z_id) REFERENCES shop.z(id);',
      'CREATE VIEW "shop"."w"',
      'CREATE VIEW "shop"."b"',
      "COMMIT;",
    ])
  })

  test("destructive statements are comments unless allowed, dependants first", () => {
    const source = catalog([
      table("t"),
      column("t", "a", integer),
      view("v", " SELECT a FROM shop.t;"),
      view("w", " SELECT a FROM shop.v;"),
    ])
    expect(active(script(source, catalog([])))).toEqual([])
    expect(script(source, catalog([]))).toContain('-- DROP TABLE "shop"."t";')
    expect(active(script(source, catalog([]), { allowDrops: true }))).toEqual([
      "BEGIN;",
      'DROP VIEW "shop"."w";',
      'DROP VIEW "shop"."v";',
      'DROP TABLE "shop"."t";',
      "COMMIT;",
    ])
  })

  test("a line break in a name does not end a comment", () => {
    const name = 'x\nDROP TABLE important; --\r\u2028DROP TABLE "other'
    const source = catalog([table(name), { kind: "cast", schema: null, name, facts: {} }])
    for (const text of [script(source, catalog([])), script(catalog([]), source, { allowDrops: false })])
      expect(text.split(/\r\n|[\n\r\u2028]/).filter((line) => line.startsWith("DROP"))).toEqual(
        text.includes("CREATE TABLE") ? ["DROP TABLE important; --", 'DROP TABLE ""other" ();'] : [],
      )
  })

  test("new labels of an enum come before the transaction, in their positions; changes without a safe statement are described", () => {
    const text = script(
      catalog([enumType("e", "a", "d"), enumType("f", "a", "b"), table("t"), column("t", "a", integer)]),
      catalog([
        enumType("e", "a", "b", "c", "d", "e"),
        enumType("f", "b", "a"),
        table("t"),
        column("t", "a", { ...integer, type: "text" }),
      ]),
    )
    expect(active(text)).toEqual([
      `ALTER TYPE "shop"."e" ADD VALUE 'b' BEFORE 'd';`,
      `ALTER TYPE "shop"."e" ADD VALUE 'c' BEFORE 'd';`,
      `ALTER TYPE "shop"."e" ADD VALUE 'e';`,
    ])
    expect(text).toContain("--   ~ enum shop.f: labels go or change their order")
    expect(text).toContain('--   ~ column shop.t.a: review: ALTER TABLE "shop"."t" ALTER COLUMN "a" TYPE text USING (...)')
  })

  test("two tables that refer to each other are created", () => {
    const refers = (name: string, other: string): SchemaObject[] => [
      table(name),
      column(name, "id", { ...integer, nullability: "not null" }),
      constraint(name, `${name}_pkey`, "PRIMARY KEY (id)"),
      constraint(name, `${name}_fk`, `FOREIGN KEY (id) REFERENCES shop.${other}(id)`),
    ]
    const both = catalog([...refers("a", "b"), ...refers("b", "a")])
    expect(active(script(catalog([]), both)).findLastIndex((line) => line.includes("PRIMARY KEY"))).toBeLessThan(
      active(script(catalog([]), both)).findIndex((line) => line.includes("FOREIGN KEY")),
    )
    expect(active(script(both, catalog([]), { allowDrops: true })).slice(1, 3)).toEqual([
      expect.stringContaining("DROP CONSTRAINT"),
      expect.stringContaining("DROP CONSTRAINT"),
    ])
  })

  test("uses the settings under which its definitions were printed", () => {
    const settings = script(catalog([]), catalog([table("t")])).match(/^SET LOCAL .*$/gm)
    expect(settings).toEqual([
      "SET LOCAL search_path = pg_catalog, pg_temp;",
      "SET LOCAL check_function_bodies = off;",
      ...Object.entries(PRINTING_SETTINGS).map(([name, value]) => `SET LOCAL ${name} = '${value}';`),
    ])
    expect(settings).toContain("SET LOCAL lc_monetary = 'C';")
  })

  test("a user's sequence is created and altered, whatever its name", () => {
    const sequence = (cache: string): SchemaObject => ({
      kind: "sequence",
      schema: "shop",
      name: "of identity column id",
      facts: { type: "bigint", increment: "1", minimum: "1", maximum: "9", start: "1", cache, cycle: "no" },
    })
    const [one, other] = [catalog([sequence("1")]), catalog([sequence("2")])]
    const options = (cache: string) => `AS bigint INCREMENT 1 MINVALUE 1 MAXVALUE 9 START 1 CACHE ${cache} NO CYCLE;`
    expect(active(script(catalog([]), one))).toContain(`CREATE SEQUENCE "shop"."of identity column id" ${options("1")}`)
    expect(active(script(one, other))).toContain(`ALTER SEQUENCE "shop"."of identity column id" ${options("2")}`)
  })

  test("says how to run it, and what can fail on the data", () => {
    const text = script(catalog([]), catalog([table("t")]))
    expect(text).toContain("psql -v ON_ERROR_STOP=1")
    expect(text).toContain("NOT NULL fail where rows are against them")
  })

  test("a role by the name of a property of every object loses what it has", () => {
    const withGrants = (grants: Record<string, string[]>) =>
      catalog([
        { ...table("t"), grants },
        { ...column("t", "a", integer), grants: { bob: ["SELECT"] } },
      ])
    for (const role of ["constructor", "__proto__"]) {
      const lines = active(script(withGrants(Object.fromEntries([[role, ["SELECT"]]])), withGrants({}), { allowDrops: true }))
      expect(lines).toContain(`REVOKE SELECT ON TABLE "shop"."t" FROM ${role};`)
    }
  })

  test("what belongs to a difference that was not asked for is left alone", () => {
    const unselected: Difference[] = [
      {
        change: "removed",
        kind: "column",
        schema: "shop",
        parent: { kind: "table", name: "t" },
        name: "id",
        source: column("t", "id", integer),
        aspects: [],
        contents: [],
      },
    ]
    const sequence: SchemaObject = {
      kind: "sequence",
      schema: "shop",
      parent: { kind: "table", name: "t" },
      name: "t_id_seq",
      facts: { ownedBy: "t.id" },
    }
    const [source, target] = [catalog([table("t"), column("t", "id", integer), sequence]), catalog([table("t")])]
    const differences = compare(source, target).differences.filter(({ kind }) => kind === "sequence")
    const { steps, reported } = scriptOf(differences, source, target, { unselected })
    expect([steps, reported.map(({ difference }) => difference)]).toEqual([[], differences])
  })

  test("equal databases produce a script of comments", () => {
    const shop = catalog([table("t")])
    expect(active(script(shop, shop))).toEqual([])
    expect(script(shop, shop)).toContain("-- No differences.")
  })
})
