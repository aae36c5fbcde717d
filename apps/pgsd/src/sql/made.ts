import type { Catalog, SchemaObject } from "../model/catalog.ts"
import { own } from "../model/own.ts"
import { castKey, namesIn } from "./order.ts"
import { bareRoutine, nameKey, routineKey } from "./steps.ts"

const UNMENTIONED: readonly SchemaObject["kind"][] = [
  "owner",
  "grant",
  "comment",
  "column",
  "constraint",
  "index",
  "trigger",
  "rule",
  "policy",
]

/** madeNames() for the search of what still uses an object, also where a routine is named alone: by an aggregate, an operator, a type. */
export function usedNames(object: SchemaObject, members: Catalog["extensionMembers"]): readonly string[] {
  const names = madeNames(object, members)
  return [...names, ...names.filter((name) => name.endsWith("(")).map((name) => name.slice(0, -1))]
}

/** The names under which statements mention an object, as namesIn() finds them. */
export function madeNames(
  { kind, schema, name }: Pick<SchemaObject, "kind" | "schema" | "name">,
  members: Catalog["extensionMembers"],
): readonly string[] {
  if (UNMENTIONED.includes(kind)) return []
  if (kind === "cast") return [...namesIn(name)].filter((each) => !each.startsWith(".")).map(castKey)
  if (kind === "function" || kind === "procedure" || kind === "aggregate") return [routineKey(schema, name)]
  const brought = kind === "extension" ? own(members, name) : undefined
  return [
    nameKey(schema, bareRoutine(name).replace(/ USING .*$/s, "")),
    ...(brought?.names ?? []).map((each) => nameKey(brought!.schema, each)),
  ]
}
