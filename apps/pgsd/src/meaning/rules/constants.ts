import { type Fields, fieldsOf, isFields, mapChildren, mapList, type Rewrite, type Tree } from "../tree.ts"

const FRACTION = /^-?[0-9]+\.[0-9]+$/

/**
 * C: `-1` is `'-1'::integer`, `1.5` is `'1.5'::numeric`.
 *
 * Reason: a server prints a negative constant as `'-1'::integer`, and a positive one without its type.
 * Proof: the grammar makes the constant -1 of both (doNegate), and make_const gives it the type integer or numeric. `1.0` and `1.00`, `1` and `1::bigint` stay
 * different; numbers beyond integer, and those with an exponent, are left alone.
 */
export const constant: Rewrite = (fields) => {
  const { ival, fval } = fields
  if (isFields(ival)) return typed(String(ival.ival ?? 0), "int4")
  if (isFields(fval) && typeof fval.fval === "string" && FRACTION.test(fval.fval)) return typed(fval.fval, "numeric")
  return { A_Const: fields }
}

function typed(value: string, type: string): Tree {
  const typeName = { TypeName: { names: [{ String: { sval: type } }], typemod: -1 } }
  return { TypeCast: { arg: { A_Const: { sval: { sval: value } } }, typeName } }
}

/**
 * Takes numbers that stand for a column's position away from rule C: `ORDER BY 1` is the first output, `ORDER BY '1'::integer` a constant. Positions can stand
 * in ORDER BY, GROUP BY with its grouping sets, and DISTINCT ON; in a window's ORDER BY they are constants, which are then left alone, too.
 */
export function withPositions(tree: Tree): Tree {
  return mapChildren(tree, (each, field) => withPositions(POSITIONAL.has(field) && Array.isArray(each) ? mapList(each, position) : each))
}

const POSITIONAL = new Set(["sortClause", "orderClause", "groupClause", "distinctClause", "content"])

function position(tree: Tree): Tree {
  const number = fieldsOf(tree, "A_Const")
  if (number !== undefined) return { Position: number }
  const [sort, row] = [fieldsOf(tree, "SortBy"), fieldsOf(tree, "RowExpr")]
  if (sort?.node !== undefined) return { SortBy: { ...sort, node: position(sort.node) } }
  // ROLLUP ((1, 2), 3)
  return row === undefined ? tree : { RowExpr: positionsOf(row) }
}

function positionsOf(row: Fields): Fields {
  return Array.isArray(row.args) ? { ...row, args: row.args.map(position) } : row
}
