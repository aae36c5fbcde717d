import type { Difference } from "../model/difference.ts"
import { groupOf } from "../model/order.ts"

/** The differences of one schema, or of the whole database. */
export interface SchemaGroup {
  /** null: what belongs to the database. */
  readonly schema: string | null
  readonly objects: readonly ObjectGroup[]
}

/** An object, and what differs in it. */
export interface ObjectGroup {
  readonly kind: Difference["kind"]
  readonly name: string
  /** Of the object itself; there may be two (one kind dropped, another created under its name), or none. */
  readonly own: readonly Difference[]
  /** Of its parts. */
  readonly inside: readonly Difference[]
}

/** By schema, then by object, in the order of the differences, as in every output format. */
export function grouped(differences: readonly Difference[]): SchemaGroup[] {
  const schemas = groupBy(differences, ({ schema }) => schema ?? "")
  return [...schemas.values()].map((of) => ({
    schema: of[0]!.schema,
    objects: [...groupBy(of, (each) => JSON.stringify([groupOf(each), each.parent?.kind ?? each.kind])).values()].map(objectGroup),
  }))
}

function objectGroup(differences: readonly Difference[]): ObjectGroup {
  const { kind, name, parent } = differences[0]!
  return {
    kind: parent?.kind ?? kind,
    name: parent?.name ?? name,
    own: differences.filter((each) => each.parent === undefined),
    inside: differences.filter((each) => each.parent !== undefined),
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}
