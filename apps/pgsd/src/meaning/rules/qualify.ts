import {
  bareColumn,
  columnPath,
  type Fields,
  fieldsOf,
  isFields,
  kindOf,
  listOf,
  mapChildren,
  mapFields,
  mapList,
  type Tree,
} from "../tree.ts"
import { named } from "./names.ts"

/**
 * Q: in the outermost query of a view with one item in FROM, `a` is `t.a`.
 *
 * Reason: since 16 a server leaves the relation's name out there; older ones print it.
 * Proof: names are printed bare only by a query with one relation and no query around it (get_query_def), and a bare name is resolved as a column of that
 * relation first. Two clauses look at the outputs before: ORDER BY and DISTINCT ON. A name there that is another output's is left alone, and so reported.
 * Queries inside always have the relation's name.
 */
export function qualified(statement: Tree): Tree {
  const select = fieldsOf(statement, "SelectStmt")
  const items = listOf(select?.fromClause)
  const relation = items.length === 1 ? exposedName(items[0]!) : undefined
  return select === undefined || relation === undefined || select.op !== "SETOP_NONE"
    ? statement
    : { SelectStmt: withRelation(select, relation) }
}

/** The name under which an item of FROM is known; `undefined` for a join, which has several. */
function exposedName(item: Tree): string | undefined {
  const sample = fieldsOf(item, "RangeTableSample")
  if (sample?.relation !== undefined) return exposedName(sample.relation)
  const kind = kindOf(item)
  if (kind === undefined || !Object.hasOwn(UNALIASED, kind)) return undefined
  const fields = fieldsOf(item, kind)!
  const alias = isFields(fields.alias) ? fields.alias.aliasname : undefined
  const name = alias ?? UNALIASED[kind]!(fields)
  return typeof name === "string" ? name : undefined
}

const UNALIASED: Readonly<Record<string, (fields: Fields) => Tree | undefined>> = {
  RangeVar: ({ relname }) => relname,
  RangeSubselect: () => undefined,
  RangeFunction: () => undefined,
  RangeTableFunc: () => "xmltable",
  JsonTable: () => "json_table",
}

/** Where a bare name is a column of the relation, whatever the outputs are called. */
const COLUMNS_FIRST = new Set(["targetList", "whereClause", "groupClause", "havingClause", "windowClause"])

function withRelation(select: Fields, relation: string): Fields {
  // An output's name is its column's: said before the column is rewritten.
  const targetList = mapList(listOf(select.targetList), (each) => {
    const target = fieldsOf(each, "ResTarget")
    return target === undefined ? each : { ResTarget: named(target) }
  })
  const isFree = (name: string) =>
    targetList.every((each) => {
      const target = fieldsOf(each, "ResTarget")
      return target?.name !== name || isColumn(target.val, relation, name)
    })
  const inOrder = (expression: Tree) => {
    const name = bareColumn(expression)
    return name === undefined || isFree(name) ? withColumns(expression, relation) : expression
  }
  return mapFields({ ...select, targetList }, (each, clause) => {
    if (COLUMNS_FIRST.has(clause)) return withColumns(each, relation)
    if (clause === "distinctClause") return mapList(listOf(each), inOrder)
    return clause === "sortClause" ? mapList(listOf(each), (sort) => sortedBy(sort, inOrder)) : each
  })
}

function sortedBy(tree: Tree, change: (expression: Tree) => Tree): Tree {
  const sort = fieldsOf(tree, "SortBy")
  return sort?.node === undefined ? tree : { SortBy: { ...sort, node: change(sort.node) } }
}

function isColumn(expression: Tree | undefined, relation: string, name: string): boolean {
  const path = columnPath(expression)
  return path?.at(-1) === name && (path.length === 1 || (path.length === 2 && path[0] === relation))
}

/** Bare columns of this query with the relation's name; queries inside are left alone. */
function withColumns(tree: Tree, relation: string): Tree {
  if (fieldsOf(tree, "SelectStmt") !== undefined) return tree
  const name = bareColumn(tree)
  if (name !== undefined) return { ColumnRef: { fields: [{ String: { sval: relation } }, { String: { sval: name } }] } }
  return mapChildren(tree, (each) => withColumns(each, relation))
}
