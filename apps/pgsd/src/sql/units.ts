import type { Facts, ObjectKind, SchemaObject } from "../model/catalog.ts"
import type { Difference } from "../model/difference.ts"
import { partDifference } from "../model/selection.ts"
import { isPrimaryKey, OF_ITS_OWN } from "./relatives.ts"

/** Parts that a new table or view does not need in order to exist: where one cannot be written, it alone is missing. */
const SEPARATE: readonly ObjectKind[] = ["constraint", "index", "statistics", "trigger", "rule", "policy"]

/** Facts that are set after creation, if at all. */
const LATER: Readonly<Partial<Record<ObjectKind, readonly string[]>>> = {
  table: OF_ITS_OWN,
  column: ["options"],
}

/** What is written, or reported, by itself of a difference: first the object with everything that it needs, then its other parts. */
export function unitsOf(difference: Difference): readonly [whole: Difference, ...parts: Difference[]] {
  const { change, on, target, contents } = difference
  if (change !== "added" || on !== undefined || target === undefined) return [difference]
  // Views can need the primary key: it determines the other columns of GROUP BY.
  const primary = contents.find(isPrimaryKey)
  const isSeparate = (part: SchemaObject) =>
    SEPARATE.includes(part.kind) && part !== primary && !(part.implied && part.name === primary?.name)
  const [own, ...needed] = [target, ...contents.filter((part) => !isSeparate(part))].map(separated)
  return [
    { ...difference, target: own!.object, contents: needed.map(({ object }) => object) },
    ...contents.filter(isSeparate).map((part) => partDifference("added", part)),
    ...[own!, ...needed].flatMap(({ rest }) => rest),
  ]
}

/** A new object without what can only be reported, and that as differences from it. */
function separated(object: SchemaObject): { readonly object: SchemaObject; readonly rest: readonly Difference[] } {
  const names = (LATER[object.kind] ?? []).filter((name) => object.facts[name] != null)
  const grants = Object.entries(object.grants ?? {}).filter(([, privileges]) => privileges.some((entry) => / by ./.test(entry)))
  if (names.length === 0 && grants.length === 0) return { object, rest: [] }
  const { kind, schema, parent, name } = object
  const facts: Facts = { ...object.facts, ...Object.fromEntries(names.map((each) => [each, null])) }
  const kept = Object.entries(object.grants ?? {}).filter((entry) => !grants.some(([grantee]) => grantee === entry[0]))
  const { grants: _, ...bare } = object
  const source = { ...bare, facts, ...(kept.length > 0 && { grants: Object.fromEntries(kept) }) }
  const aspects = names.map((each) => ({ name: each, source: null, target: object.facts[each]! }))
  const on = { kind, name }
  const base = { schema, aspects: [], contents: [] }
  return {
    object: source,
    rest: [
      ...(aspects.length === 0
        ? []
        : [{ ...base, change: "changed" as const, kind, ...(parent !== undefined && { parent }), name, source, target: object, aspects }]),
      ...grants.map(([grantee, privileges]): Difference => {
        const own = { kind: "grant", schema, parent: parent ?? on, name: grantee } as const
        return { ...base, change: "added", ...own, on, target: { ...own, facts: { privileges } } }
      }),
    ],
  }
}
