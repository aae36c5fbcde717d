import { expect, test } from "vitest"
import type { SchemaObject } from "../src/model/catalog.ts"
import { compare } from "../src/model/compare.ts"
import { type Selection, selectedCounts, selectedKinds } from "../src/model/selection.ts"
import { diffSql } from "../src/render/diff-sql.ts"
import { scriptOf } from "../src/sql/plan.ts"
import { describeDifference } from "./support/cases.ts"
import { catalog, column, index, table, view } from "./support/objects.ts"
import { reportOf } from "./support/reports.ts"

const integer = { type: "integer", nullability: "null" }
const sequence: SchemaObject = {
  kind: "sequence",
  schema: "shop",
  parent: { kind: "table", name: "t" },
  name: "t_seq",
  facts: { type: "integer", increment: "1", minimum: "1", maximum: "9", start: "1", cache: "1", cycle: "no" },
}
const shop = [
  table("t"),
  column("t", "a", { ...integer, default: "nextval('shop.t_seq'::regclass)" }),
  index("t", "i", "CREATE INDEX i ON shop.t USING btree (a)"),
  sequence,
]
const selected = (selection: Selection, one: readonly SchemaObject[], other: readonly SchemaObject[]) =>
  selectedKinds(compare(catalog(one), catalog(other)), selection)

test("the parts of a table that is not selected are differences of their own", () => {
  for (const [one, other, change] of [
    [[], shop, "added"],
    [shop, [], "removed"],
  ] as const) {
    const { differences } = selected({ only: ["index", "sequence"] }, one, other)
    expect(differences.map(describeDifference)).toEqual([`${change} sequence shop t_seq`, `${change} index shop i`])
    expect(selected({ except: ["table"] }, one, other).differences).toEqual([])
  }
})

test("what needs something that was not selected is not written", () => {
  for (const selection of [{ except: ["sequence"] }, { only: ["index"] }] as const) {
    const { differences, unselected } = selected(selection, [], shop)
    const { steps, reported } = scriptOf(differences, catalog([]), catalog(shop), { unselected })
    expect(steps).toEqual([])
    expect(reported.map(({ reason }) => reason)).toEqual(["it hangs on something that is not written"])
  }
})

test("what is not selected does not take away what the script needs", () => {
  const report = reportOf(catalog(shop), catalog([...shop, view("v", " SELECT a FROM shop.t;")]))
  expect(diffSql(report, catalog(shop), catalog([]), { unselected: [] })).toContain('CREATE VIEW "shop"."v"')
})

test("a chain of 3,000 views that cannot be written takes no time", () => {
  const views = Array.from({ length: 3_000 }, (_, at) => view(`v${at}`, ` SELECT a FROM shop.v${at + 1};`))
  const first: SchemaObject = { kind: "foreign_table", schema: "shop", name: "v3000", facts: { server: "s" } }
  const target = catalog([...views, first])
  const begun = performance.now()
  expect(scriptOf(compare(catalog([]), target).differences, catalog([]), target).steps).toEqual([])
  expect(performance.now() - begun).toBeLessThan(3_000)
})

test("what is not compared counts as far as it is selected", () => {
  const counts = [
    { kind: "security labels", count: 1 },
    { kind: "connections of subscriptions", count: 1 },
    { kind: "options of user mappings that this role may not read", count: 1 },
    { kind: "changed privileges on objects of the system and of extensions", count: 1 },
    { kind: "comments and privileges of what comes with a type", count: 1 },
  ]
  const kinds = (selection: Selection) => selectedCounts(counts, selection).map(({ kind }) => kind.split(" ")[0])
  expect(kinds({})).toEqual(["security", "connections", "options", "changed", "comments"])
  expect(kinds({ except: ["subscription", "grant"] })).toEqual(["security", "options", "comments"])
  expect(kinds({ except: ["comment", "grant"] })).toEqual(["security", "connections", "options"])
  expect(kinds({ only: ["table"] })).toEqual(["security"])
})
