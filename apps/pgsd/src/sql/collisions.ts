import type { SchemaObject } from "../model/catalog.ts"
import type { Difference } from "../model/difference.ts"
import { keyOf } from "../model/order.ts"
import { areDisjoint } from "./bounds.ts"
import type { Context } from "./context.ts"
import { isForeignKey, isPrimaryKey, type Relatives, uniqueColumns } from "./relatives.ts"
import { listOf, nameKey } from "./steps.ts"

/** Why an object cannot be created beside what the script leaves, or drops only later; or dropped while something needs it. */
export function collisions(
  differences: readonly Difference[],
  relatives: Context["relatives"],
  /** Whether a removed object is not dropped by the script, for another reason. */
  isKept: (removed: Difference) => boolean,
): (difference: Difference) => string | undefined {
  const removed = differences.filter(({ change, on }) => change === "removed" && on === undefined)
  const added = differences.filter(({ change, on }) => change === "added" && on === undefined)
  const goes = new Set(removed.flatMap(({ source, contents }) => [source!, ...contents].map(keyOf)))
  const isNeeded = ({ source }: Difference) => relatives.source.foreignKeysOn(source!).some((key) => !goes.has(keyOf(key)))
  const stays = (each: Difference) => isKept(each) || isNeeded(each)
  const named = new Map<string, Difference>()
  for (const each of removed)
    for (const object of [...each.contents, each.source!]) if (hasRelationName(object)) named.set(nameKey(object.schema, object.name), each)
  const keys = removed.filter(({ kind, source }) => kind === "constraint" && isKey(source!))
  const formerParts = differences.filter(
    ({ change, kind, aspects }) => kind === "table" && (change === "removed" || aspects.some(({ name }) => name === "bound")),
  )

  const against = ({ target, contents }: Difference): string | undefined => {
    const object = target!
    for (const each of [object, ...contents]) {
      const other = hasRelationName(each) ? named.get(nameKey(each.schema, each.name)) : undefined
      if (other !== undefined && (!isDroppedEarly(other) || other.source!.name !== each.name || stays(other)))
        return "its name, or that of a part of it, is taken by something that is not dropped before"
    }
    if (isPrimaryKey(object) && keys.some((each) => isPrimaryKey(each.source!) && isOfSameTable(each.source!, object) && stays(each)))
      return "its table has a primary key that is not dropped before"
    return isBesideFormerPart(object, formerParts, relatives.source) ? "it may overlap a partition that is not dropped before" : undefined
  }
  const refused = added
    .filter(({ kind, target }) => (kind === "constraint" || kind === "index") && hasRelationName(target!))
    .filter(against)
  const withoutKey = new Set(
    refused.flatMap(({ target }) =>
      keys.some((each) => stays(each) && isOfSameTable(each.source!, target!) && uniqueColumns(each.source!) === uniqueColumns(target!))
        ? []
        : relatives.target.foreignKeysOn(target!).map(keyOf),
    ),
  )
  return (difference) => {
    const { change, on, target, contents } = difference
    if (on !== undefined) return undefined
    if (change === "removed") return isNeeded(difference) ? "a foreign key may need it" : undefined
    if (change === "added" && [target!, ...contents].some((object) => isForeignKey(object) && withoutKey.has(keyOf(object))))
      return "it needs a key that is not written"
    return change === "added" ? against(difference) : undefined
  }
}

const RELATIONS: readonly SchemaObject["kind"][] = [
  "table",
  "foreign_table",
  "view",
  "materialized_view",
  "composite_type",
  "sequence",
  "index",
]

/** Relations, indexes and keys of a schema share their names. */
function hasRelationName(object: SchemaObject): boolean {
  return object.implied !== true && (RELATIONS.includes(object.kind) || (object.kind === "constraint" && isKey(object)))
}

function isKey({ facts }: SchemaObject): boolean {
  return /^(?:PRIMARY KEY|UNIQUE|EXCLUDE)/.test(String(facts.definition))
}

function isOfSameTable(one: SchemaObject, other: SchemaObject): boolean {
  return one.schema === other.schema && one.parent?.name === other.parent?.name
}

/** Before anything is created. */
function isDroppedEarly({ kind }: Difference): boolean {
  return kind === "index" || kind === "constraint"
}

function isBesideFormerPart({ kind, facts }: SchemaObject, former: readonly Difference[], { partitionTypeOf }: Relatives): boolean {
  const [parent] = listOf(facts.partitionOf)
  if (kind !== "table" || parent === undefined) return false
  return former.some(
    ({ source }) =>
      listOf(source!.facts.partitionOf)[0] === parent &&
      !areDisjoint(String(facts.bound), String(source!.facts.bound), partitionTypeOf(source!)),
  )
}
