import { describe, expect, test } from "vitest"
import type { Facts, SchemaObject } from "../src/model/catalog.ts"
import { diffJson } from "../src/render/diff-json.ts"
import { diffText } from "../src/render/diff-text.ts"
import { coloredPaint, plainPaint } from "../src/render/paint.ts"
import { displayWidth } from "../src/render/printable.ts"
import { catalog, column, constraint, enumType, index, table, view } from "./support/objects.ts"
import { reportOf } from "./support/reports.ts"

const text = { type: "text", nullability: "not null", default: null }

const before = catalog(
  [
    table("customers"),
    column("customers", "email", { type: "character varying(120)", nullability: "not null", default: null }),
    constraint("customers", "customers_email_key", "UNIQUE (email)"),
    enumType("status", "new", "paid", "shipped"),
    view("open_orders", " SELECT id,\n    placed\n   FROM shop.orders;"),
    table("newsletter"),
    column("newsletter", "email", text),
    index("orders", "orders_open", "CREATE INDEX orders_open ON shop.orders USING btree (placed)"),
  ],
  { serverMajor: 17, notCompared: [{ kind: "functions", count: 2 }] },
)
const after = catalog(
  [
    table("customers"),
    column("customers", "email", { type: "text", nullability: "null", default: null }),
    column("customers", "phone", { ...text, default: "''::text" }),
    enumType("status", "new", "paid", "packed", "shipped"),
    view("open_orders", " SELECT id,\n    placed,\n    total\n   FROM shop.orders;"),
    table("coupons"),
    column("coupons", "code", text),
    column("coupons", "percent", { ...text, type: "integer" }),
    constraint("coupons", "coupons_pkey", "PRIMARY KEY (code)"),
    index("orders", "orders_open", "CREATE INDEX orders_open ON shop.orders USING btree (placed, status)"),
  ],
  {
    notCompared: [
      { kind: "functions", count: 3 },
      { kind: "triggers", count: 1 },
    ],
  },
)

describe("the comparison as text", () => {
  test("omits what is equal and far from a change, in long lists and in definitions", () => {
    const labels = Array.from({ length: 30 }, (_, at) => `label number ${at}`)
    const report = reportOf(catalog([enumType("many", ...labels)]), catalog([enumType("many", ...labels.toSpliced(20, 1))]))
    expect(diffText(report, { paint: plainPaint, width: 100 })).toContain(`
  ~ enum many
      labels
        …
        label number 17
        label number 18
        label number 19
        − label number 20
        label number 21
        label number 22
        label number 23
        …
`)
  })

  test("is grouped by schema and table, with one mark per difference and a summary", () => {
    expect(diffText(reportOf(before, after), { paint: plainPaint, width: 100 })).toBe(`source  shop at a:5432, PostgreSQL 17.10
target  shop at b:5432, PostgreSQL 18.4
− only in source   + only in target   ~ differs: source → target

schema shop
  + table coupons
      code     text not null
      percent  integer not null
      constraint coupons_pkey  PRIMARY KEY (code)
  ~ table customers
      ~ column email                    type  character varying(120) → text
                                        nullability  not null → null
      + column phone                    text not null default ''::text
      − constraint customers_email_key  UNIQUE (email)
  − table newsletter
      email  text not null
  ~ view open_orders
         SELECT id,
      −     placed
      +     placed,
      +     total
           FROM shop.orders;
  ~ table orders
      ~ index orders_open  btree (placed) → btree (placed, status)
  ~ enum status  labels  new, paid, + packed, shipped

8 differences: 1 table and 1 constraint only in source; 1 table and 1 column only in target; 1 enum,
1 view, 1 column and 1 index changed.
Not compared: functions (2 in source, 3 in target) and triggers (1 in target).
`)
  })

  test("shows a function by its text, and objects on a table by what they do", () => {
    const body = (expression: string) =>
      `CREATE OR REPLACE FUNCTION shop.total()\n RETURNS integer\n LANGUAGE sql\n STABLE\nAS $function$ select ${expression} $function$\n`
    const on = (kind: "trigger" | "policy", name: string, facts: Facts) => ({ ...column("orders", name, facts), kind })
    const source = [{ ...table("total()", { definition: body("1") }), kind: "function" as const }]
    const target = [
      { ...table("total()", { definition: body("2") }), kind: "function" as const },
      { ...table("total(integer)", { definition: body("3") }), kind: "function" as const },
      on("trigger", "touch", {
        definition: "CREATE TRIGGER touch BEFORE UPDATE ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.touch()",
        enabled: "enabled",
      }),
      on("policy", "own", { mode: "permissive", for: "select", to: ["public"], using: "(owner = CURRENT_USER)" }),
    ]
    expect(diffText(reportOf(catalog(source), catalog(target)), { paint: plainPaint, width: 100 })).toContain(`schema shop
  ~ table orders
      + trigger touch  BEFORE UPDATE ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.touch()
      + policy own     permissive, for select, to public
  ~ function total()
        CREATE OR REPLACE FUNCTION shop.total()
         RETURNS integer
         LANGUAGE sql
         STABLE
      − AS $function$ select 1 $function$
      + AS $function$ select 2 $function$
  + function total(integer)  RETURNS integer LANGUAGE sql STABLE
`)
  })

  test("reports when nothing differs", () => {
    expect(diffText(reportOf(before, before), { paint: plainPaint, width: 100 })).toBe(`source  shop at a:5432, PostgreSQL 17.10
target  shop at b:5432, PostgreSQL 18.4

No differences: 1 enum, 2 tables, 1 view, 2 columns, 1 constraint and 1 index compared.
Not compared: functions (2 in source, 2 in target).
`)
  })

  test("fits a narrow terminal: what does not fit beside its name is placed below it", () => {
    const lines = diffText(reportOf(before, after), { paint: plainPaint, width: 60 }).split("\n")
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(60)
    expect(lines.join("\n")).toContain(`      ~ column email
          type  character varying(120) → text
          nullability  not null → null`)
  })

  test("colours change nothing but the colours", () => {
    const options = { width: 100 }
    const colored = diffText(reportOf(before, after), { ...options, paint: coloredPaint })
    expect(colored).toContain("\u001b[")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what colours are made of.
    expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(diffText(reportOf(before, after), { ...options, paint: plainPaint }))
  })

  test("wide characters take two columns, and terminal control characters are escaped", () => {
    const odd = catalog([table("t"), column("t", "日本語", text), column("t", "ab", text), column("t", "\u001b[2J\u202e", text)])
    expect(diffText(reportOf(catalog([table("t")]), odd), { paint: plainPaint, width: 100 })).toContain(`
      + column \\u{1b}[2J\\u{202e}  text not null
      + column ab                 text not null
      + column 日本語             text not null
`)
  })

  test("a table shows its type, an event trigger whether it is enabled", () => {
    const trigger = (name: string, enabled: string): SchemaObject => ({
      kind: "event_trigger",
      schema: null,
      name,
      facts: { event: "ddl_command_end", function: "shop.log()", tags: null, enabled },
    })
    const added = catalog([
      trigger("always", "always"),
      trigger("usual", "enabled"),
      table("orders", { rowSecurity: "off", partitionBy: "RANGE (day)" }),
      table("orders_2026", { partitionOf: ["shop.orders"], bound: "FOR VALUES FROM (1) TO (2)", partitionBy: "LIST (kind)" }),
      table("paid", { persistence: "unlogged", inherits: ["shop.one", "shop.other"] }),
      table("usual", { rowSecurity: "off" }),
    ])
    const text = diffText(reportOf(catalog([]), added), { paint: plainPaint, width: 100 })
    expect(text.split("\n").filter((line) => line.startsWith("  "))).toEqual([
      "  + event trigger always  event ddl_command_end, function shop.log(), enabled always",
      "  + event trigger usual  event ddl_command_end, function shop.log(), enabled",
      "  + table orders  partitioned by RANGE (day)",
      "  + table orders_2026",
      "      partition of shop.orders FOR VALUES FROM (1) TO (2), partitioned by LIST (kind)",
      "  + table paid  unlogged, inherits shop.one, shop.other",
      "  + table usual",
    ])
  })

  test("the content of a crafted snapshot is escaped, too", () => {
    const bad = "\u001b[2J"
    const [one, other] = [1, 2].map((at) =>
      catalog([{ ...table("t"), kind: "access_method", facts: { [bad]: `${at}` } }], {
        notCompared: [{ kind: bad, count: at }],
        environment: { [bad]: `${at}` },
      }),
    )
    const comparison = { ...reportOf(one!, other!), environment: [{ name: bad, source: "1", target: "2" }] }
    const added = reportOf(catalog([]), one!)
    for (const report of [comparison, added]) expect(diffText(report, { paint: plainPaint, width: 100 })).not.toContain("\u001b")
    expect(diffText(comparison, { paint: plainPaint, width: 100 })).toContain("Not compared: \\u{1b}[2J (1 in source, 2 in target).")
  })
})

describe("the comparison as JSON", () => {
  test("contains no terminal control characters, and has the same content", () => {
    const name = "\u001b[2J\u007f\u009b\u202e\u2028\ufeff\t\n"
    const json = diffJson(reportOf(catalog([]), catalog([table(name)])))
    expect(json).toMatch(/^[\n -~]*$/)
    expect(json).toContain('"name": "\\u001b[2J\\u007f\\u009b\\u202e\\u2028\\ufeff\\t\\n"')
    expect(JSON.parse(json).differences[0].name).toBe(name)
  })

  test("has a format number and one object per difference, in the order of the text", () => {
    const json = JSON.parse(diffJson(reportOf(before, after)))
    expect(json).toMatchObject({ format: 1, equal: false, source: { server: "PostgreSQL 17.10" }, compared: { table: 3 } })
    expect(json.differences.map(({ change, kind, name }: Record<string, string>) => `${change} ${kind} ${name}`)).toEqual([
      "added table coupons",
      "changed column email",
      "added column phone",
      "removed constraint customers_email_key",
      "removed table newsletter",
      "changed view open_orders",
      "changed index orders_open",
      "changed enum status",
    ])
    expect(json.differences[2]).toEqual({
      change: "added",
      kind: "column",
      schema: "shop",
      parent: { kind: "table", name: "customers" },
      name: "phone",
      source: null,
      target: { type: "text", nullability: "not null", default: "''::text" },
    })
  })
})
