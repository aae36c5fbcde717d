import { fieldsOf, listOf, type Rewrite } from "../tree.ts"

/**
 * L: `a AND (b AND c)` is `a AND b AND c`; likewise OR. Nothing is reordered.
 *
 * Reason: `x BETWEEN 1 AND 2 AND y` is printed with parentheses, `x >= 1 AND x <= 2 AND y` without.
 * Proof: AND and OR are associative in three-valued logic, and both forms evaluate from left to right. The grammar itself joins `(a AND b) AND c`.
 */
export const logic: Rewrite = (fields) => {
  const { boolop } = fields
  if (boolop !== "AND_EXPR" && boolop !== "OR_EXPR") return { BoolExpr: fields }
  const args = listOf(fields.args).flatMap((arg) => {
    const inner = fieldsOf(arg, "BoolExpr")
    return inner?.boolop === boolop ? listOf(inner.args) : [arg]
  })
  return { BoolExpr: { ...fields, args } }
}
