import {
  type Catalog,
  CHANGED_PRIVILEGES,
  COMES_WITH_A_TYPE,
  type Facts,
  type KindCount,
  MAPPING_OPTIONS,
  type ObjectKind,
  PRIVILEGES,
  type SchemaObject,
  SUBSCRIPTION_COMMENTS_BEFORE_14,
  SUBSCRIPTION_CONNECTIONS,
} from "./catalog.ts"
import type { Change, Comparison, Difference } from "./difference.ts"
import { inOrder } from "./order.ts"
import { own } from "./own.ts"

/** What a comparison includes. */
export interface Selection {
  /** Kinds, each with its parts: a table's columns are included with `table`. Default: all. */
  readonly only?: readonly ObjectKind[] | undefined
  readonly except?: readonly ObjectKind[] | undefined
  readonly extensionVersions?: boolean | undefined
}

/** Removes what is not compared at all. */
export function selectedFacts(catalog: Catalog, { except = [], extensionVersions = true }: Selection): Catalog {
  const [owner, grants, comment] = [except.includes("owner"), except.includes("grant"), except.includes("comment")]
  if (extensionVersions && !owner && !grants && !comment) return catalog
  const isUnwanted = (fact: string) =>
    (owner && fact === "owner") || (comment && fact === "comment") || (grants && fact.startsWith(PRIVILEGES))
  const members = Object.entries(catalog.extensionMembers).map(([name, { states, ...rest }]) => [
    name,
    extensionVersions && states !== undefined ? { ...rest, states: withoutFacts(states, isUnwanted) } : rest,
  ])
  return { ...catalog, objects: catalog.objects.map(without), extensionMembers: Object.fromEntries(members) }

  function without(object: SchemaObject): SchemaObject {
    const kept: { -readonly [K in keyof SchemaObject]: SchemaObject[K] } = { ...object }
    if (owner) delete kept.owner
    if (grants) delete kept.grants
    if (comment) {
      delete kept.comment
      if (object.facts.commentsOfParts != null) kept.facts = { ...object.facts, commentsOfParts: null }
    }
    if (!extensionVersions && object.kind === "extension") kept.facts = { ...object.facts, version: null }
    return kept
  }
}

function withoutFacts(states: Readonly<Record<string, Facts>>, isUnwanted: (fact: string) => boolean): Readonly<Record<string, Facts>> {
  const kept = (facts: Facts): Facts => Object.fromEntries(Object.entries(facts).filter(([name]) => !isUnwanted(name)))
  return Object.fromEntries(Object.entries(states).map(([member, facts]) => [member, kept(facts)]))
}

export interface Selected extends Comparison {
  /** What was left out, for a script that may need it. */
  readonly unselected: readonly Difference[]
}

/** Only the differences of the selected kinds. The parts of an added table are differences of their own where the table is not selected. */
export function selectedKinds(comparison: Comparison, selection: Selection): Selected {
  const [differences, unselected]: [Difference[], Difference[]] = [[], []]
  for (const difference of comparison.differences) {
    const { change, kind, parent, on, contents } = difference
    const isSelected = isWanted(selection, kind, parent?.kind, on?.kind)
    const [kept, others] = [true, false].map((wanted) =>
      contents.filter((part) => isWanted(selection, part.kind, part.parent?.kind) === wanted),
    )
    const ofPart = (object: SchemaObject) => partDifference(change, object)
    const whole = { ...difference, contents: isSelected ? kept! : others! }
    differences.push(...(isSelected ? [others!.length === 0 ? difference : whole] : kept!.map(ofPart)))
    unselected.push(...(isSelected ? others!.map(ofPart) : [whole]))
  }
  const compared = Object.entries(comparison.compared).filter(([kind]) => isWanted(selection, kind as ObjectKind))
  return { ...comparison, differences: differences.sort(inOrder), unselected, compared: Object.fromEntries(compared) }
}

function isWanted({ only, except = [] }: Selection, ...kinds: readonly (ObjectKind | undefined)[]): boolean {
  return (only === undefined || only.some((each) => kinds.includes(each))) && !except.some((each) => kinds.includes(each))
}

/** The difference that an added or removed part is by itself. */
export function partDifference(change: Change, object: SchemaObject): Difference {
  const { kind, schema, parent, name } = object
  const side = change === "removed" ? { source: object } : { target: object }
  return { change, kind, schema, ...(parent !== undefined && { parent }), name, ...side, aspects: [], contents: [] }
}

/** What is not compared and belongs to these kinds alone. */
const OF_KINDS: Readonly<Record<string, readonly ObjectKind[]>> = {
  [SUBSCRIPTION_CONNECTIONS]: ["subscription"],
  [SUBSCRIPTION_COMMENTS_BEFORE_14]: ["subscription"],
  [MAPPING_OPTIONS]: ["user_mapping"],
  [CHANGED_PRIVILEGES]: ["grant"],
  [COMES_WITH_A_TYPE]: ["grant", "comment"],
}

/** What was not compared, as far as it was selected. */
export function selectedCounts(counts: readonly KindCount[], selection: Selection): readonly KindCount[] {
  return counts.filter(({ kind }) => own(OF_KINDS, kind)?.some((each) => isWanted(selection, each)) ?? true)
}
