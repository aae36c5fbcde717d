import { type Fields, fieldsOf, listOf, type Tree, textOf } from "../tree.ts"

/** The name of a type of pg_catalog without brackets; `undefined` for an array and for a type of any other schema. */
export function scalarName(typeName: Tree | undefined): string | undefined {
  const type = fieldsOf(typeName, "TypeName")
  const names = listOf(type?.names)
  const name = names.length === 1 ? textOf(names[0]) : undefined
  return type?.arrayBounds === undefined && type?.setof === undefined && name !== undefined && !isArrayName(name) ? name : undefined
}

/** True for a type, as format_type prints it, that is of pg_catalog and surely no array. */
export function isScalarType(type: string): boolean {
  return !type.endsWith("[]") && !type.includes(".") && !isArrayName(type)
}

// The name of an array type begins with an underscore. The two vectors are arrays to the analysis; so is, before 14, a domain over an array.
function isArrayName(name: string): boolean {
  return name.startsWith("_") || name === "int2vector" || name === "oidvector"
}

/** The element's type of `T[]`: one pair of brackets without a size. A length, as of `varchar(3)[]`, is the elements'. */
export function elementType(typeName: Tree | undefined): Fields | undefined {
  const type = fieldsOf(typeName, "TypeName")
  const bounds = listOf(type?.arrayBounds)
  if (type === undefined || bounds.length !== 1 || fieldsOf(bounds[0], "Integer")?.ival !== -1 || type.setof !== undefined) return undefined
  const { arrayBounds: _, ...element } = type
  return element
}
