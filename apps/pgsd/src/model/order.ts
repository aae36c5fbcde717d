import { OBJECT_KINDS, type ObjectKind, type SchemaObject } from "./catalog.ts"
import type { Difference } from "./difference.ts"

/** Kinds whose name is unique in their schema, whatever they belong to. */
const OWN_NAMES: readonly ObjectKind[] = ["index", "sequence", "statistics"]

/** A key: equal for the same object on both sides, unique within a side. */
export function keyOf({ kind, schema, parent, name, implied }: SchemaObject): string {
  const within = parent === undefined || (OWN_NAMES.includes(kind) && implied === undefined) ? "" : `${parent.kind}\0${parent.name}`
  // No name in a database contains NUL, and none is empty.
  return `${kind}\0${schema ?? ""}\0${within}\0${name}\0${implied === true ? "implied" : ""}`
}

/** A fixed order of objects, as rows come in none. */
export function byKey(one: SchemaObject, other: SchemaObject): number {
  return (
    KIND_ORDER.get(one.kind)! - KIND_ORDER.get(other.kind)! ||
    byText(one.schema ?? "", other.schema ?? "") ||
    byText(one.parent?.name ?? "", other.parent?.name ?? "") ||
    (one.position ?? 0) - (other.position ?? 0) ||
    byText(one.name, other.name) ||
    byText(one.parent?.kind ?? "", other.parent?.kind ?? "")
  )
}

const KIND_ORDER: ReadonlyMap<ObjectKind, number> = new Map(OBJECT_KINDS.map((kind, at) => [kind, at]))

/** By schema, then by the relation (or the object itself), differences of the relation itself first, then by kind and name. */
export function inOrder(one: Difference, other: Difference): number {
  return (
    byText(one.schema ?? "", other.schema ?? "") ||
    byText(groupOf(one), groupOf(other)) ||
    KIND_ORDER.get(one.kind)! - KIND_ORDER.get(other.kind)! ||
    byText(one.name, other.name) ||
    byText(one.change, other.change) ||
    byText(JSON.stringify([one.on, one.parent]), JSON.stringify([other.on, other.parent]))
  )
}

/** The name under which a difference is listed within its schema. */
export function groupOf({ parent, name }: Pick<Difference, "parent" | "name">): string {
  return parent?.name ?? name
}

// By code unit: a locale would give another order on another machine.
function byText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
