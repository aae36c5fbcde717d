import type { Catalog, ObjectKind, SchemaObject } from "./catalog.ts"
import type { Comparison, Difference } from "./difference.ts"

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
  return { ...catalog, objects: catalog.objects.map(without) }

  function without(object: SchemaObject): SchemaObject {
    const kept: { -readonly [K in keyof SchemaObject]: SchemaObject[K] } = { ...object }
    if (owner) delete kept.owner
    if (grants) delete kept.grants
    if (comment) {
      delete kept.comment
      if (object.facts.commentsOfParts != null) kept.facts = { ...object.facts, commentsOfParts: null }
    }
    if (!extensionVersions && object.kind === "extension") kept.facts = { ...object.facts, version: null, onItsTables: null }
    return kept
  }
}

/** Only the differences of the selected kinds. */
export function selectedKinds(comparison: Comparison, { only, except = [] }: Selection): Comparison {
  const wanted = (kind: ObjectKind, parent?: ObjectKind, on?: ObjectKind) => {
    const kinds = [kind, parent, on]
    return (only === undefined || only.some((each) => kinds.includes(each))) && !except.some((each) => kinds.includes(each))
  }
  const differences = comparison.differences
    .filter(({ kind, parent, on }) => wanted(kind, parent?.kind, on?.kind))
    .map((difference): Difference => {
      const contents = difference.contents.filter(({ kind, parent }) => wanted(kind, parent?.kind))
      return contents.length === difference.contents.length ? difference : { ...difference, contents }
    })
  const compared = Object.entries(comparison.compared).filter(([kind]) => wanted(kind as ObjectKind))
  return { ...comparison, differences, compared: Object.fromEntries(compared) }
}
