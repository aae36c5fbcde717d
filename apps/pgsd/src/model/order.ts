import { OBJECT_KINDS, type SchemaObject } from "./catalog.ts"
import type { Difference } from "./difference.ts"

/** The same text for the same object on both sides, different for any two objects of one side. */
export function keyOf({ kind, schema, parent, name }: Pick<SchemaObject, "kind" | "schema" | "parent" | "name">): string {
  // An index or sequence has its name in the schema, whomever it serves.
  const within = kind === "index" || kind === "sequence" ? undefined : parent?.name
  return JSON.stringify([kind, schema, within ?? null, name])
}

/** By schema, then by the relation (or the object itself), what concerns the relation itself first, then by kind and name. */
export function inOrder(one: Difference, other: Difference): number {
  return (
    byText(one.schema ?? "", other.schema ?? "") ||
    byText(groupOf(one), groupOf(other)) ||
    OBJECT_KINDS.indexOf(one.kind) - OBJECT_KINDS.indexOf(other.kind) ||
    byText(one.name, other.name) ||
    byText(one.change, other.change)
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
