import { aspectsOf } from "./aspects.ts"
import { attachedDifferences } from "./attachments.ts"
import { type Catalog, type Fact, type ObjectKind, OF_IDENTITY, type SchemaObject } from "./catalog.ts"
import type { Aspect, Comparison, Difference } from "./difference.ts"
import { moveExtensions } from "./extension-moves.ts"
import { withoutInherited } from "./inheritance.ts"
import { memberAspects } from "./member-aspects.ts"
import { inOrder, keyOf } from "./order.ts"
import { own } from "./own.ts"

/** `"unread"`: the parser cannot read one of them, so the texts are compared. */
export type Verdict = "same" | "different" | "unread"

/** Whether two values of a fact that differ as text have the same meaning. */
export type CompareFact = (before: SchemaObject, after: SchemaObject, aspect: Aspect) => Verdict

const asPrinted: CompareFact = () => "different"

/** The differences between two catalogs. Pure: the same catalogs give the same list in the same order. By default definitions are compared as text. */
export function compare(sourceCatalog: Catalog, target: Catalog, compareFact = asPrinted): Comparison {
  const source = moveExtensions(sourceCatalog, target)
  const before = byKeys(source)
  const all: Difference[] = []
  const counts: Partial<Record<ObjectKind, number>> = {}
  const visit = (one: SchemaObject | undefined, other: SchemaObject | undefined) => {
    const object = (one ?? other)!
    if (isCounted(object)) counts[object.kind] = (counts[object.kind] ?? 0) + 1
    for (const difference of differencesOf(one, other, source, target, compareFact)) all.push(difference)
  }
  for (const object of target.objects) {
    const key = keyOf(object)
    visit(before.get(key), object)
    before.delete(key)
  }
  for (const object of before.values()) visit(object, undefined)
  return {
    differences: withContents(withoutInherited(all, source, target)).sort(inOrder),
    compared: counts,
    environment: environmentAspects(source, target),
  }
}

// What initdb installs is in every database.
function isCounted({ kind, implied, initial }: SchemaObject): boolean {
  return implied === undefined && (kind !== "extension" || initial === undefined)
}

function byKeys({ objects }: Catalog): Map<string, SchemaObject> {
  return new Map(objects.map((object) => [keyOf(object), object]))
}

function differencesOf(
  before: SchemaObject | undefined,
  after: SchemaObject | undefined,
  source: Catalog,
  target: Catalog,
  compareFact: CompareFact,
): readonly Difference[] {
  const { kind, schema, parent, name, implied } = (after ?? before)!
  const base = { kind, schema, ...(parent !== undefined && { parent }), name, aspects: [], contents: [] }
  const one = before ?? after!
  if (before === undefined || after === undefined) {
    if (implied === true && !hasMore(one)) return []
    return [before === undefined ? { change: "added", ...base, target: one } : { change: "removed", ...base, source: one }]
  }
  const olderMajor = Math.min(source.serverMajor, target.serverMajor)
  const ofMembers = kind === "extension" ? memberAspects(name, source, target, before.facts.version === after.facts.version) : []
  const compared = [...aspectsOf(before, after, olderMajor), ...ofMembers].map((aspect) => ({
    aspect,
    verdict: compareFact(before, after, aspect),
  }))
  const aspects = compared.filter(({ verdict }) => verdict !== "same").map(({ aspect }) => aspect)
  const note = compared.some(({ verdict }) => verdict === "unread") ? AS_TEXT : undefined
  const attached = attachedDifferences(before, after, olderMajor)
  if (aspects.length === 0) return attached
  return [{ change: "changed", ...base, source: before, target: after, aspects, ...(note !== undefined && { note }) }, ...attached]
}

/** Whether an implied object is more than what follows from its parent. The server names the sequence of an identity column. */
function hasMore({ kind, parent, name, facts, comment, grants }: SchemaObject): boolean {
  const isNamedByServer = (value: Fact) => kind === "sequence" && value === `${parent?.name}_${name.slice(OF_IDENTITY.length)}_seq`
  return comment !== undefined || grants !== undefined || Object.values(facts).some((fact) => fact !== null && !isNamedByServer(fact))
}

const AS_TEXT = "compared as text, because PostgreSQL 18's grammar could not read it: it may mean the same"

/** Parts of an added or removed object are listed in it. */
function withContents(differences: readonly Difference[]): Difference[] {
  const whole = new Map<string, SchemaObject[]>()
  for (const { change, kind, schema, name, parent } of differences)
    if (change !== "changed" && parent === undefined) whole.set(JSON.stringify([change, kind, schema, name]), [])
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

function environmentAspects(source: Catalog, target: Catalog): Aspect[] {
  const names = new Set([...Object.keys(source.environment), ...Object.keys(target.environment)])
  return [...names]
    .map((name) => ({ name, source: own(source.environment, name) ?? null, target: own(target.environment, name) ?? null }))
    .filter((aspect) => aspect.source !== aspect.target)
}
