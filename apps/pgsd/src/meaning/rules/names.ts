import { columnPath, type Fields, listOf, type Rewrite, type Tree, textOf } from "../tree.ts"

/**
 * N: `pg_catalog.lower(x)`, `x::pg_catalog.text` and `OPERATOR(pg_catalog.=)` are `lower(x)`, `x::text` and `=`.
 *
 * Reason: the grammar writes pg_catalog before the types and functions that it has syntax for (`integer`, EXTRACT), and not before others; a server prints
 * the one or the other, depending on its major.
 * Proof: definitions are printed under search_path = pg_catalog, pg_temp (readOnlySnapshot), so that an unqualified function, type or operator is pg_catalog's:
 * functions and operators are never looked up in pg_temp, and types there only after pg_catalog. Not for relations: a CTE may hide one.
 */
export function withoutCatalog(names: Tree | undefined): Tree {
  const parts = listOf(names)
  return parts.length === 2 && textOf(parts[0]) === "pg_catalog" ? parts.slice(1) : parts
}

export const typeName: Rewrite = (type) => ({ TypeName: type.names === undefined ? type : { ...type, names: withoutCatalog(type.names) } })

export const operator: Rewrite = (expression) => ({ A_Expr: { ...expression, name: withoutCatalog(expression.name) } })

export const subLink: Rewrite = (link) => ({
  SubLink: link.operName === undefined ? link : { ...link, operName: withoutCatalog(link.operName) },
})

/**
 * N: `SELECT t.a` is `SELECT t.a AS a`.
 *
 * Reason: rules C, E and Q leave one side with a name that the other does not print.
 * Proof: an output without a name is called as the last part of its column (FigureColname). `t.*` has no such part and is left alone.
 */
export const output: Rewrite = (target) => ({ ResTarget: named(target) })

export function named(target: Fields): Fields {
  const name = target.name === undefined ? columnPath(target.val)?.at(-1) : undefined
  return name === undefined ? target : { ...target, name }
}
