import { type Fields, fieldsOf, sameTree, type Tree } from "../tree.ts"

/**
 * R: `(x::T)::T` is `x::T`.
 *
 * Reason: rule A puts a cast around elements that have the type already.
 * Proof: a value that has the type and the length that it is cast to is left as it is (coerce_type, coerce_type_typmod).
 */
export function withoutRepeatedCast({ arg, typeName }: Fields): Tree | undefined {
  const inner = fieldsOf(arg, "TypeCast")
  return inner?.typeName !== undefined && sameTree(inner.typeName, typeName) ? arg : undefined
}
