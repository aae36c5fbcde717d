import { bareColumn, type Fields, fieldsOf, listOf, mapChildren, mapFields, mapList, type Tree, withoutField } from "../tree.ts"

/**
 * E: names of outputs that nothing can see are dropped: those of the right side of UNION, INTERSECT and EXCEPT, and those of a query inside an expression.
 *
 * Reason: `UNION ALL SELECT NULL::integer` is printed as it stands by one server and as `NULL::integer AS int4` by another that has read a dump of it.
 * Proof: a set operation takes the names of its leftmost query; IN, EXISTS, ANY, ARRAY(…) and a scalar query take values. Three exceptions keep the names: a query
 * that orders, groups or is distinct by a name without a relation, which may be an output's; an output without a name, which is called after the query in it
 * (FigureColname); queries in FROM and WITH, whose columns are called by these names.
 */
export function withoutUnseenNames(tree: Tree, seen = true): Tree {
  const [select, target] = [fieldsOf(tree, "SelectStmt"), fieldsOf(tree, "ResTarget")]
  if (select !== undefined) return { SelectStmt: queryWithoutNames(select, seen) }
  if (target !== undefined) return { ResTarget: mapFields(target, (each) => withoutUnseenNames(each, seen && target.name === undefined)) }
  return mapChildren(tree, (each, field) => withoutUnseenNames(each, seen && !NAMELESS.has(field)))
}

/** Clauses whose expressions give no output a name. */
const NAMELESS = new Set([
  "distinctClause",
  "whereClause",
  "groupClause",
  "havingClause",
  "windowClause",
  "sortClause",
  "limitOffset",
  "limitCount",
  "valuesLists",
  "quals",
])

function queryWithoutNames(select: Fields, seen: boolean): Fields {
  const kept = seen || usesNames(select)
  return mapFields(select, (each, field) => {
    // Names in FROM and WITH are seen whatever becomes of the query around them.
    if (field === "fromClause" || field === "withClause") return withoutUnseenNames(each)
    const named = field === "targetList" && !kept ? mapList(listOf(each), withoutName) : each
    return withoutUnseenNames(named, field !== "rarg" && kept && !NAMELESS.has(field))
  })
}

function withoutName(tree: Tree): Tree {
  const target = fieldsOf(tree, "ResTarget")
  return target === undefined ? tree : { ResTarget: withoutField(target, "name") }
}

function usesNames(select: Fields): boolean {
  const sorted = listOf(select.sortClause).map((each) => fieldsOf(each, "SortBy")?.node)
  const expressions = [...sorted, ...listOf(select.distinctClause), ...listOf(select.groupClause)]
  return expressions.some((each) => bareColumn(each) !== undefined || fieldsOf(each, "GroupingSet") !== undefined)
}
