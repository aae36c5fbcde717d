import type { Difference } from "./difference.ts"

/**
 * Without the differences of columns that only repeat one of their parent table (a partition's, or of INHERITS): the statement that changes the parent
 * changes them too. A child's own default or NOT NULL is a difference of its own.
 */
export function withoutInherited(differences: readonly Difference[]): Difference[] {
  const changes = new Map(
    differences.flatMap((each) => (each.kind === "column" ? [[columnKey(each.schema, each.parent?.name, each.name), changeOf(each)]] : [])),
  )
  return differences.filter((difference) => {
    const { kind, change, source, target, name } = difference
    const parents = kind === "column" ? ((target ?? source)?.inheritedFrom ?? []) : []
    if (parents.length === 0) return true
    if (change !== "changed") return false
    return !parents.some((parent) => changes.get(columnKey(parent.schema, parent.name, name)) === changeOf(difference))
  })
}

function columnKey(schema: string | null, table: string | undefined, column: string): string {
  return JSON.stringify([schema, table, column])
}

function changeOf({ aspects }: Difference): string {
  return JSON.stringify(aspects)
}
