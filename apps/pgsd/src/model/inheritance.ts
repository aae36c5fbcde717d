import type { Catalog, Fact, QualifiedName, SchemaObject } from "./catalog.ts"
import type { Difference } from "./difference.ts"

/**
 * Without the differences of columns that only repeat one of their parent table (a partition's, or with INHERITS): the statement that changes the parent
 * changes them too. A child's own default, NOT NULL or comment is a separate difference. Where a table has other parents, its inherited columns follow.
 */
export function withoutInherited(differences: readonly Difference[], source: Catalog, target: Catalog): Difference[] {
  const columns = differences.filter(({ kind }) => kind === "column")
  const changes = new Map(columns.map((each) => [columnKey(each.schema, each.parent?.name, each.name), changeOf(each)]))
  const wholes = new Set(differences.map(({ change, kind, schema, name }) => JSON.stringify([change, kind, schema, name])))
  const find = { added: columnFinder(target), removed: columnFinder(source) }
  return differences.flatMap(withoutDeclared(differences)).filter((difference) => {
    const { change, kind, schema, parent: table, name, aspects } = difference
    const column = (difference.target ?? difference.source)!
    const parents = kind === "column" ? (column.inheritedFrom ?? []) : []
    if (parents.length === 0) return true
    const follows = (parent: QualifiedName) => changes.get(columnKey(parent.schema, parent.name, name)) === changeOf(difference)
    if (change !== "changed") {
      const isOfWhole = wholes.has(JSON.stringify([change, table?.kind, schema, table?.name]))
      const given = parents.filter((parent) => isOfWhole || follows(parent))
      return hasOwn(column, given, find[change])
    }
    // No child inherits it, except for partitions since 17, which have none of their own.
    return aspects.some((aspect) => aspect.name === "identity") || !parents.some(follows)
  })
}

export type FindColumn = (table: QualifiedName, column: string) => SchemaObject | undefined

/** Looks up the columns of tables; the index is built on first use. */
function columnFinder({ objects }: Catalog): FindColumn {
  let columns: Map<string, SchemaObject> | undefined
  return ({ schema, name }, column) => {
    columns ??= new Map(
      objects.flatMap((each) => (each.kind === "column" ? [[columnKey(each.schema, each.parent?.name, each.name), each]] : [])),
    )
    return columns.get(columnKey(schema, name, column))
  }
}

/** Whether it is more than what one of these parents gives to it. */
function hasOwn(column: SchemaObject, parents: readonly QualifiedName[], find: FindColumn): boolean {
  if (column.comment !== undefined || column.grants !== undefined) return true
  return !parents.some((parent) => {
    const inherited = find(parent, column.name)
    return inherited !== undefined && ownFacts(column, inherited).length === 0
  })
}

const INHERITED = ["type", "nullability", "generated", "generatedKind", "collation", "default", "storage", "compression"]

/** What a parent's column gives to that of a new child. */
export function inheritedFact(name: string, { facts }: SchemaObject): Fact {
  const fact = INHERITED.includes(name) ? (facts[name] ?? null) : null
  return name === "nullability" && String(fact).includes("no inherit") ? "null" : fact
}

/** The names of the facts that a child's column does not have from this one of its parent. */
export function ownFacts({ facts }: SchemaObject, parent: SchemaObject): string[] {
  return Object.keys(facts).filter(
    (name) => name !== "declared" && JSON.stringify(facts[name] ?? null) !== JSON.stringify(inheritedFact(name, parent)),
  )
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

function changeOf({ change, aspects }: Difference): string {
  return JSON.stringify([change, aspects])
}
