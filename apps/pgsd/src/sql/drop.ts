import type { SchemaObject } from "../model/catalog.ts"
import type { Context } from "./context.ts"
import { usedNames } from "./made.ts"
import { namedObject } from "./named.ts"
import { isForeignKey } from "./relatives.ts"
import { ident, nameKey, type Phase, type Plan, qualified, relationOf, step, textsOf } from "./steps.ts"

/** Dependent objects are dropped before what they depend on. */
const FIRST: Readonly<Partial<Record<SchemaObject["kind"], Phase>>> = {
  event_trigger: "event trigger drop",
  publication: "publication drop",
  policy: "policy drop",
  trigger: "trigger drop",
  rule: "rule drop",
  statistics: "statistics drop",
  view: "view drop",
  materialized_view: "view drop",
  index: "index drop",
  column: "column drop",
}

function isGoneWithParent(column: SchemaObject, { relatives: { source, target } }: Context): boolean {
  return source.parentsOf(column).some(({ schema, parent, name }) => target.columnOf({ schema, name: parent!.name }, name) === undefined)
}

function isGoneWithColumn(sequence: SchemaObject, { relatives: { target } }: Context): boolean {
  const { schema, parent, facts } = sequence
  if (parent === undefined || facts.ownedBy == null) return false
  return target.columnOf({ schema, name: parent.name }, String(facts.ownedBy).slice(parent.name.length + 1)) === undefined
}

/** The tables from which DROP COLUMN takes it: a child that declares it as well keeps it. */
function tablesWithout({ schema, parent, name }: SchemaObject, { relatives: { source } }: Context): readonly string[] {
  const children = source
    .descendantsOf({ schema, name: parent!.name })
    .filter((table) => source.columnOf(table, name)?.inheritedFrom !== undefined)
  return [nameKey(schema, parent!.name), ...children.map((table) => nameKey(table.schema, table.name))]
}

/** Drops an object that only the source has. */
export function dropPlan(object: SchemaObject, contents: readonly SchemaObject[], context: Context): Plan {
  const { kind, parent } = object
  // It goes with its parent.
  if (object.implied === true) return []
  if (object.inheritedFrom !== undefined) return isGoneWithParent(object, context) ? [] : "a parent of its table has it"
  if (kind === "constraint" || kind === "column") {
    if (parent?.kind !== "table") return "drop it by hand"
    const phase = kind === "column" ? "column drop" : isForeignKey(object) ? "foreign key drop" : "constraint drop"
    return [
      step(phase, `ALTER TABLE ${relationOf(object)} DROP ${kind.toUpperCase()} ${ident(object.name)};`, {
        destructive: true,
        ...(kind === "column" && { dropsColumn: { tables: tablesWithout(object, context), column: object.name } }),
      }),
    ]
  }
  const named = namedObject(object)
  if (named === undefined) return "drop it by hand"
  if (kind === "sequence" && isGoneWithColumn(object, context)) return []
  const needs = `${qualified(object.schema, object.name)} SCHEMA ${ident(String(object.facts.schema ?? object.schema))}\n${textsOf(object, contents)}`
  // Two tables can refer to each other.
  const keys = contents.filter(isForeignKey)
  return [
    ...keys.map((key) =>
      step("foreign key drop", `ALTER TABLE ${relationOf(key)} DROP CONSTRAINT ${ident(key.name)};`, { destructive: true }),
    ),
    step(FIRST[kind] ?? "drop", `DROP ${named};`, { destructive: true, needs, makes: usedNames(object, context.extensionMembers.source) }),
  ]
}
