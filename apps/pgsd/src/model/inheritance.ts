import type { Difference } from "./difference.ts"

/**
 * True for a difference of a column that only repeats one of its parent table (a partition's, or of INHERITS): the statement that changes the parent
 * changes it too. A child's own default or NOT NULL is a difference of its own.
 */
export function isInherited(difference: Difference, all: readonly Difference[]): boolean {
  const { kind, change, source, target, name } = difference
  if (kind !== "column") return false
  const parents = (target ?? source)?.inheritedFrom ?? []
  if (parents.length === 0) return false
  if (change !== "changed") return true
  const same = JSON.stringify(difference.aspects)
  return all.some(
    (other) =>
      other.kind === "column" &&
      other.name === name &&
      parents.some((parent) => parent.schema === other.schema && parent.name === other.parent?.name) &&
      JSON.stringify(other.aspects) === same,
  )
}
