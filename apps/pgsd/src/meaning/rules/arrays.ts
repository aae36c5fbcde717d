import { type Fields, fieldsOf, listOf, type Rewrite, type Tree } from "../tree.ts"
import { elementType, scalarName } from "./types.ts"

/** Set on a column whose type is known and no array ([column-types.ts](../column-types.ts)); not part of the meaning. */
export const SCALAR = "isScalar"

/**
 * A: `ARRAY[a, b]::T[]` is `ARRAY[a::T, b::T]`.
 *
 * Reason: `kind IN ('a', 'b')` of a varchar column is printed as `ARRAY['a'::varchar, 'b'::varchar]::text[]`; a server that reads this prints
 * `ARRAY['a'::varchar::text, 'b'::varchar::text]`. A database would differ from its own restored dump.
 * Proof: transformTypeCast hands the type down to transformArrayExpr, which casts each element to the element's type, with its length. With one exception: elements
 * that are arrays are cast to T[] as a whole, and `ARRAY[x]::text[]` has two dimensions where `ARRAY[x::text]` has one. So the rule needs elements that are surely
 * none: constants, casts to a type of pg_catalog that is no array, columns whose type the catalog knows, and ARRAY[…] of those, which the server treats
 * element by element, too.
 */
export function pushedIntoArray(cast: Fields, recast: Rewrite): Tree | undefined {
  const array = fieldsOf(cast.arg, "A_ArrayExpr")
  const element = elementType(cast.typeName)
  const elements = listOf(array?.elements)
  if (array === undefined || element === undefined || elements.length === 0 || !elements.every(isSurelyScalar)) return undefined
  const pushed = elements.map((each) => {
    const type = fieldsOf(each, "A_ArrayExpr") === undefined ? { TypeName: element } : cast.typeName!
    return recast({ arg: each, typeName: type })
  })
  return { A_ArrayExpr: { ...array, elements: pushed } }
}

function isSurelyScalar(element: Tree): boolean {
  const nested = fieldsOf(element, "A_ArrayExpr")
  if (nested !== undefined) return listOf(nested.elements).length > 0 && listOf(nested.elements).every(isSurelyScalar)
  if (fieldsOf(element, "ColumnRef")?.[SCALAR] === true || fieldsOf(element, "A_Const") !== undefined) return true
  return scalarName(fieldsOf(element, "TypeCast")?.typeName) !== undefined
}
