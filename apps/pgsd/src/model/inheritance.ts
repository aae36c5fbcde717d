import type { Difference } from "./difference.ts"

/**
 * Without the differences of columns that only repeat one of their parent table (a partition's, or with INHERITS): the statement that changes the parent
 * changes them too. A child's own default or NOT NULL is a separate difference. Where a table has other parents, its inherited columns follow.
 */
export function withoutInherited(differences: readonly Difference[]): Difference[] {
  const changes = new Map(
    differences.flatMap((each) => (each.kind === "column" ? [[columnKey(each.schema, each.parent?.name, each.name), changeOf(each)]] : [])),
  )
  return differences.flatMap(withoutDeclared(differences)).filter((difference) => {
    const { kind, change, source, target, name, aspects } = difference
    const parents = kind === "column" ? ((target ?? source)?.inheritedFrom ?? []) : []
    if (parents.length === 0) return true
    if (change !== "changed") return false
    // No child inherits it, except for partitions since 17, which have none of their own.
    if (aspects.some((aspect) => aspect.name === "identity")) return true
    return !parents.some((parent) => changes.get(columnKey(parent.schema, parent.name, name)) === changeOf(difference))
  })
}

function withoutDeclared(differences: readonly Difference[]): (difference: Difference) => readonly Difference[] {
  const moved = new Set(
    differences.flatMap(({ kind, schema, name, aspects }) =>
      kind !== "column" && aspects.some((aspect) => aspect.name === "inherits" || aspect.name === "partitionOf")
        ? [columnKey(schema, name, "")]
        : [],
    ),
  )
  return (difference) => {
    const { kind, schema, parent, aspects } = difference
    if (kind !== "column" || !moved.has(columnKey(schema, parent?.name, ""))) return [difference]
    const left = aspects.filter(({ name }) => name !== "declared")
    return left.length === 0 && aspects.length > 0 ? [] : [{ ...difference, aspects: left }]
  }
}

function columnKey(schema: string | null, table: string | undefined, column: string): string {
  return JSON.stringify([schema, table, column])
}

function changeOf({ aspects }: Difference): string {
  return JSON.stringify(aspects)
}
