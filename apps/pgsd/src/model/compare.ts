import type { Catalog, Fact, ObjectKind, SchemaObject } from "./catalog.ts"
import type { Aspect, Comparison, Difference } from "./difference.ts"
import { isInherited } from "./inheritance.ts"
import { inOrder, keyOf } from "./order.ts"
import { comparableQueries } from "./view-text.ts"

/** What differs between two catalogs. Pure: the same catalogs give the same list in the same order. */
export function compare(source: Catalog, target: Catalog): Comparison {
  const before = new Map(source.objects.map((object) => [keyOf(object), object]))
  const after = new Map(target.objects.map((object) => [keyOf(object), object]))
  const keys = new Set([...before.keys(), ...after.keys()])
  const all = [...keys]
    .map((key) => differenceOf(before.get(key), after.get(key), source, target))
    .filter((difference) => difference !== undefined)
  return {
    differences: withContents(all.filter((difference) => !isInherited(difference, all))).sort(inOrder),
    compared: countKinds([...keys].map((key) => (before.get(key) ?? after.get(key)!).kind)),
  }
}

function differenceOf(
  before: SchemaObject | undefined,
  after: SchemaObject | undefined,
  source: Catalog,
  target: Catalog,
): Difference | undefined {
  const { kind, schema, parent, name } = (after ?? before)!
  const base = { kind, schema, ...(parent !== undefined && { parent }), name, aspects: [], contents: [] }
  if (before === undefined) return { change: "added", ...base, target: after! }
  if (after === undefined) return { change: "removed", ...base, source: before }
  const { aspects, note } = isView(kind) ? viewAspects(before, source, after, target) : { aspects: aspectsOf(before, after) }
  if (aspects.length === 0) return undefined
  return { change: "changed", ...base, source: before, target: after, aspects, ...(note !== undefined && { note }) }
}

// A fact that one server cannot have (an older one knows no compression) counts as none there.
function aspectsOf(before: SchemaObject, after: SchemaObject): Aspect[] {
  const names = new Set([...Object.keys(before.facts), ...Object.keys(after.facts)])
  return [...names]
    .map((name) => ({ name, source: before.facts[name] ?? null, target: after.facts[name] ?? null }))
    .filter((aspect) => !sameFact(aspect.source, aspect.target))
}

function sameFact(one: Fact, other: Fact): boolean {
  return one === other || (Array.isArray(one) && Array.isArray(other) && JSON.stringify(one) === JSON.stringify(other))
}

function isView(kind: ObjectKind): boolean {
  return kind === "view" || kind === "materialized_view"
}

/** The same for views, whose definitions are first brought into one spelling. */
function viewAspects(before: SchemaObject, source: Catalog, after: SchemaObject, target: Catalog) {
  const definitions = [String(before.facts.definition), source.serverMajor, String(after.facts.definition), target.serverMajor] as const
  const queries = comparableQueries(...definitions)
  const aspects = aspectsOf(withDefinition(before, queries.source), withDefinition(after, queries.target))
  const note =
    queries.uncertain && queries.source !== queries.target
      ? `PostgreSQL ${source.serverMajor} and ${target.serverMajor} print such a view differently: compare what it means`
      : undefined
  return { aspects, note }
}

function withDefinition(view: SchemaObject, definition: string): SchemaObject {
  return { ...view, facts: { ...view.facts, definition } }
}

/** What belongs to an added or removed relation moves into it. */
function withContents(differences: readonly Difference[]): Difference[] {
  const whole = new Map<string, SchemaObject[]>()
  for (const { change, kind, schema, name } of differences)
    if (change !== "changed" && kind !== "column") whole.set(JSON.stringify([change, kind, schema, name]), [])
  const rest = differences.filter((difference) => {
    const { change, schema, parent } = difference
    const owner = parent === undefined ? undefined : whole.get(JSON.stringify([change, parent.kind, schema, parent.name]))
    owner?.push((difference.target ?? difference.source)!)
    return owner === undefined
  })
  return rest.map((difference) => {
    const { change, kind, schema, name } = difference
    return { ...difference, contents: whole.get(JSON.stringify([change, kind, schema, name])) ?? [] }
  })
}

function countKinds(kinds: readonly ObjectKind[]): Comparison["compared"] {
  const counts: Partial<Record<ObjectKind, number>> = {}
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
