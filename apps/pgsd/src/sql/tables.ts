import { quoteLiteral } from "@pgsd/driver"
import type { Fact, SchemaObject } from "../model/catalog.ts"
import type { Difference } from "../model/difference.ts"
import { columnSettings, columnText } from "./columns.ts"
import type { Context } from "./context.ts"
import { each, ident, listOf, nameKey, otherFacts, type Plan, qualified, type Step, step } from "./steps.ts"

const SAID = [
  "persistence",
  "partitionBy",
  "partitionOf",
  "bound",
  "inherits",
  "rowSecurity",
  "replicaIdentity",
  "options",
  "toastOptions",
  "accessMethod",
  "tablespace",
]

/** The table with its columns. Its other parts are separate steps. */
export function createTable(table: SchemaObject, contents: readonly SchemaObject[], context: Context): Plan {
  const others = otherFacts(table, SAID)
  if (others.length > 0) return `it has ${others.join(", ")}`
  const columns = contents
    .filter(({ kind, inheritedFrom }) => kind === "column" && inheritedFrom === undefined)
    .sort((one, other) => (one.position ?? 0) - (other.position ?? 0))
  const texts = columns.map((column) => columnText(column, context))
  const reason = texts.find((text) => typeof text === "string")
  if (typeof reason === "string") return reason
  const lines = texts.map((text) => `  ${typeof text === "string" ? "" : text.text}`).join(",\n")
  const { facts } = table
  const parents = listOf(facts.partitionOf)
  const name = qualified(table.schema, table.name)
  const body = columns.length === 0 ? "()" : `(\n${lines}\n)`
  const isPart = parents.length > 0 && columns.length === 0
  const parts = [
    `CREATE ${facts.persistence === "unlogged" ? "UNLOGGED " : ""}TABLE ${name}${isPart ? ` PARTITION OF ${parents[0]} ${facts.bound}` : ` ${body}`}`,
    listOf(facts.inherits).length === 0 ? undefined : `INHERITS (${listOf(facts.inherits).join(", ")})`,
    facts.partitionBy == null ? undefined : `PARTITION BY ${facts.partitionBy}`,
    facts.accessMethod == null ? undefined : `USING ${ident(String(facts.accessMethod))}`,
    optionsOf(table).length === 0 ? undefined : `WITH (${optionsOf(table).join(", ")})`,
    facts.tablespace == null ? undefined : `TABLESPACE ${ident(String(facts.tablespace))}`,
  ]
  const created = step("table", `${parts.filter((part) => part !== undefined).join(" ")};`, { makes: [nameKey(table.schema, table.name)] })
  const attach =
    parents.length === 0 || isPart ? [] : [step("key", `ALTER TABLE ONLY ${parents[0]} ATTACH PARTITION ${name} ${facts.bound};`)]
  return [
    created,
    ...attach,
    ...columns.flatMap(columnSettings),
    ...rowSecurity(name, "off", facts.rowSecurity),
    ...identity(name, null, facts.replicaIdentity),
  ]
}

export function changeTable({ aspects, target }: Difference): Plan {
  const table = target!
  const name = qualified(table.schema, table.name)
  return each(aspects, (aspect): Plan => {
    if (aspect.name === "rowSecurity") return rowSecurity(name, String(aspect.source), aspect.target)
    if (aspect.name === "replicaIdentity") return identity(name, aspect.source, aspect.target)
    if (aspect.name === "persistence")
      return [step("setting", `ALTER TABLE ${name} SET ${aspect.target === "unlogged" ? "UNLOGGED" : "LOGGED"};`)]
    if (aspect.name === "options") return settings("TABLE", name, aspect.source, aspect.target)
    if (aspect.name === "toastOptions") return settings("TABLE", name, aspect.source, aspect.target, "toast.")
    return `change its ${aspect.name} by hand`
  })
}

/** SET and RESET of storage parameters and of a view's options. */
export function settings(word: "TABLE" | "VIEW" | "INDEX", name: string, source: Fact, target: Fact, prefix = ""): Step[] {
  const [before, after] = [source, target].map((fact) => new Map(listOf(fact).map(pair)))
  const set = [...after!].filter(([option, value]) => before!.get(option) !== value)
  const reset = [...before!.keys()].filter((option) => !after!.has(option))
  return [
    ...(set.length === 0
      ? []
      : [
          step(
            "setting",
            `ALTER ${word} ${name} SET (${set.map(([option, value]) => `${prefix}${ident(option)} = ${quoteLiteral(value)}`).join(", ")});`,
          ),
        ]),
    ...(reset.length === 0
      ? []
      : [step("setting", `ALTER ${word} ${name} RESET (${reset.map((option) => `${prefix}${ident(option)}`).join(", ")});`)]),
  ]
}

/** For WITH (…). */
export function optionsOf({ facts }: SchemaObject): string[] {
  const texts = (fact: Fact | undefined, prefix: string) =>
    listOf(fact).map((option) => `${prefix}${ident(pair(option)[0])} = ${quoteLiteral(pair(option)[1])}`)
  return [...texts(facts.options, ""), ...texts(facts.toastOptions, "toast.")]
}

function pair(option: string): readonly [name: string, value: string] {
  const at = option.indexOf("=")
  return [option.slice(0, at), option.slice(at + 1)]
}

function rowSecurity(name: string, before: string, after: Fact | undefined): Step[] {
  const [on, forced] = [(text: unknown) => text === "on" || text === "forced", (text: unknown) => String(text).includes("forced")]
  return [
    ...(on(before) === on(after) ? [] : [`${on(after) ? "ENABLE" : "DISABLE"} ROW LEVEL SECURITY`]),
    ...(forced(before) === forced(after) ? [] : [`${forced(after) ? "FORCE" : "NO FORCE"} ROW LEVEL SECURITY`]),
  ].map((clause) => step("setting", `ALTER TABLE ${name} ${clause};`))
}

export function identity(name: string, before: Fact, after: Fact | undefined): Step[] {
  if ((after ?? null) === before) return []
  const clause = after == null ? "DEFAULT" : String(after).replace(/^index /, "USING INDEX ")
  return [step("setting", `ALTER TABLE ${name} REPLICA IDENTITY ${/^USING/.test(clause) ? clause : clause.toUpperCase()};`)]
}
