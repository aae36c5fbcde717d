import type { Fields, Rewrite, Tree } from "../tree.ts"
import { pushedIntoArray } from "./arrays.ts"
import { withoutRepeatedCast } from "./repeated-casts.ts"
import { withoutTextLabel } from "./text-labels.ts"

/** Rules A, R and T, for one cast whose argument and type are normalised already. */
export const cast: Rewrite = (fields) =>
  pushedIntoArray(fields, cast) ?? withoutRepeatedCast(fields) ?? withoutTextLabel(fields) ?? whole(fields)

function whole(fields: Fields): Tree {
  return { TypeCast: fields }
}
