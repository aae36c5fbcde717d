import { option } from "../option-spellings.ts"
import type { Rewrite } from "../tree.ts"
import { parameter } from "./argument-modes.ts"
import { call } from "./calls.ts"
import { cast } from "./casts.ts"
import { constant } from "./constants.ts"
import { bound } from "./list-bounds.ts"
import { logic } from "./logic.ts"
import { operator, output, subLink, typeName } from "./names.ts"

/** The rules that look at one node and what is in it, by the grammar's name of the node. */
export const LOCAL_RULES: Readonly<Record<string, Rewrite>> = {
  A_Const: constant,
  A_Expr: operator,
  BoolExpr: logic,
  DefElem: option,
  FuncCall: call,
  FunctionParameter: parameter,
  PartitionBoundSpec: bound,
  ResTarget: output,
  SubLink: subLink,
  TypeCast: cast,
  TypeName: typeName,
}
