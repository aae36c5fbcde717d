import { type Fields, fieldsOf, type Tree } from "../tree.ts"
import { scalarName } from "./types.ts"

/**
 * T: `('a'::varchar)::text` is `'a'::text`, and the other way round. Only for string constants, and only between text and varchar without a length.
 *
 * Reason: a column that became text from varchar keeps conditions with the old label; a schema that was written for text has none.
 * Proof: both types read a literal into the same value, with the same collation, and the outer cast changes only the label (binary coercible). Not for bpchar,
 * name, "char", domains and lengths, which change the value; not for NULL and columns.
 */
export function withoutTextLabel({ arg, typeName }: Fields): Tree | undefined {
  const inner = fieldsOf(arg, "TypeCast")
  if (inner === undefined || !isStringConstant(inner.arg) || !isText(inner.typeName) || !isText(typeName)) return undefined
  return { TypeCast: { arg: inner.arg!, typeName: typeName! } }
}

/**
 * D: of a column of type text, varchar or char, with or without a length, the defaults `'a'::varchar` and `'a'::text` are one.
 *
 * Reason: as T: the default of a column that changed its type keeps its label.
 * Proof: both labels are assigned to the column by the same coercion, which sees the literal's characters alone. Only where the whole default is the constant.
 */
export function withoutDefaultLabel(expression: Tree): Tree {
  const cast = fieldsOf(expression, "TypeCast")
  return cast !== undefined && isStringConstant(cast.arg) && isText(cast.typeName) ? cast.arg! : expression
}

/** True for the types of columns, as format_type prints them, that rule D holds for. */
export function isTextual(columnType: string): boolean {
  return /^(?:text|character(?: varying)?(?:\(\d+\))?)$/.test(columnType)
}

function isStringConstant(tree: Tree | undefined): boolean {
  return fieldsOf(tree, "A_Const")?.sval !== undefined
}

function isText(typeName: Tree | undefined): boolean {
  const name = scalarName(typeName)
  return (name === "text" || name === "varchar") && fieldsOf(typeName, "TypeName")?.typmods === undefined
}
