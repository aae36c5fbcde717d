import type { Catalog, Fact, ObjectKind, SchemaObject } from "./catalog.ts"
import type { Aspect, Comparison, Difference } from "./difference.ts"
import { isInherited } from "./inheritance.ts"
import { inOrder, keyOf } from "./order.ts"
import { printsDiffer, sameQuery } from "./view-text.ts"

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
  const aspects = aspectsOf(before, after).filter((aspect) => !isSameView(kind, aspect, source, target))
  if (aspects.length === 0) return undefined
  const note = noteOf(kind, aspects, source, target)
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
  return JSON.stringify(one) === JSON.stringify(other)
}

function isSameView(kind: ObjectKind, aspect: Aspect, source: Catalog, target: Catalog): boolean {
  if (!isView(kind) || aspect.name !== "definition") return false
  if (typeof aspect.source !== "string" || typeof aspect.target !== "string") return false
  return sameQuery(aspect.source, source.serverMajor, aspect.target, target.serverMajor)
}

function noteOf(kind: ObjectKind, aspects: readonly Aspect[], source: Catalog, target: Catalog): string | undefined {
  const uncertain =
    isView(kind) && aspects.some(({ name }) => name === "definition") && printsDiffer(source.serverMajor, target.serverMajor)
  return uncertain
    ? `PostgreSQL ${source.serverMajor} and ${target.serverMajor} print some views differently: compare their meaning`
    : undefined
}

function isView(kind: ObjectKind): boolean {
  return kind === "view" || kind === "materialized_view"
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
