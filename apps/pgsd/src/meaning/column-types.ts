import type { SchemaObject } from "../model/catalog.ts"
import { SCALAR } from "./rules/arrays.ts"
import { isScalarType } from "./rules/types.ts"
import { bareColumn, columnPath, type Fields, fieldsOf, isFields, kindOf, listOf, mapChildren, type Tree } from "./tree.ts"

/** Names of columns with their types, as format_type prints them. */
export type ColumnTypes = ReadonlyMap<string, string>

/** The columns of a table or view; `undefined` for a relation whose columns are not known. */
export type TypesOfRelation = (schema: string, relation: string) => ColumnTypes | undefined

/** Looks up the columns of relations; the index is built on first use. */
export function typesIn(objects: readonly SchemaObject[]): TypesOfRelation {
  let relations: Map<string, Map<string, string>> | undefined
  return (schema, relation): ColumnTypes | undefined => {
    relations ??= columnsByRelation(objects)
    return relations.get(JSON.stringify([schema, relation]))
  }
}

function columnsByRelation(objects: readonly SchemaObject[]): Map<string, Map<string, string>> {
  const relations = new Map<string, Map<string, string>>()
  for (const { kind, schema, parent, name, facts, columnType } of objects) {
    const type = columnType ?? facts.type
    if (kind !== "column" || parent === undefined || typeof type !== "string") continue
    const key = JSON.stringify([schema, parent.name])
    const columns = relations.get(key) ?? new Map<string, string>()
    relations.set(key, columns.set(name, type))
  }
  return relations
}

/** Names of relations visible at one place. One with unknown columns hides an outer one of its name. */
type Scope = ReadonlyMap<string, ColumnTypes | undefined>

/** Marks the columns whose type is known and not an array, for rule A. `own`: the columns of the table that the definition belongs to. */
export function withScalarColumns(
  statement: Tree,
  typesOf: TypesOfRelation,
  own: ColumnTypes | undefined,
  called: "bare" | "old and new" | undefined,
): Tree {
  const rows = called === "old and new" ? (["old", "new"] as const) : []
  return marked(statement, typesOf, called === "bare" ? own : undefined, new Map(rows.map((row) => [row, own])))
}

function marked(tree: Tree, typesOf: TypesOfRelation, own: ColumnTypes | undefined, scope: Scope): Tree {
  const column = fieldsOf(tree, "ColumnRef")
  if (column !== undefined) return isScalar(tree, own, scope) ? { ColumnRef: { ...column, [SCALAR]: true } } : tree
  const select = fieldsOf(tree, "SelectStmt")
  const inner =
    select === undefined ? scope : new Map([...scope, ...listOf(select.fromClause).flatMap((item) => relationsIn(item, typesOf))])
  return mapChildren(tree, (each) => marked(each, typesOf, own, inner))
}

function isScalar(column: Tree, own: ColumnTypes | undefined, scope: Scope): boolean {
  const path = columnPath(column)!
  const [relation, name] = path
  const bare = bareColumn(column)
  const type = bare !== undefined ? own?.get(bare) : path.length === 2 ? scope.get(relation ?? "")?.get(name ?? "") : undefined
  return type !== undefined && isScalarType(type)
}

function relationsIn(item: Tree, typesOf: TypesOfRelation): readonly (readonly [string, ColumnTypes | undefined])[] {
  const join = fieldsOf(item, "JoinExpr")
  if (join !== undefined)
    return [...[join.larg, join.rarg].flatMap((each) => (each === undefined ? [] : relationsIn(each, typesOf))), ...aliasOf(join)]
  const sample = fieldsOf(item, "RangeTableSample")
  if (sample?.relation !== undefined) return relationsIn(sample.relation, typesOf)
  const kind = kindOf(item)
  const fields = kind === undefined ? undefined : fieldsOf(item, kind)
  if (fields === undefined) return []
  const { schemaname, relname, alias } = fields
  // Without a schema it is a CTE, or pg_catalog's. With column aliases (t(a, b)) the table's names do not apply.
  if (kind !== "RangeVar" || typeof schemaname !== "string" || typeof relname !== "string") return [...aliasOf(fields), ...nameOf(relname)]
  if (!isFields(alias)) return [[relname, typesOf(schemaname, relname)]]
  return typeof alias.aliasname === "string" && alias.colnames === undefined
    ? [[alias.aliasname, typesOf(schemaname, relname)]]
    : aliasOf(fields)
}

function aliasOf({ alias }: Fields): readonly (readonly [string, undefined])[] {
  return isFields(alias) ? nameOf(alias.aliasname) : []
}

function nameOf(name: Tree | undefined): readonly (readonly [string, undefined])[] {
  return typeof name === "string" ? [[name, undefined]] : []
}
