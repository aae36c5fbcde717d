import { listOf, type Rewrite, rewrite, type Tree, textOf } from "../tree.ts"

/** The major in which `system_user` became a keyword. */
const SYSTEM_USER_SINCE = 16

/**
 * K: `system_user` in the print of a server before 16 is a column of that name.
 *
 * Reason: it is a keyword since 16. Older servers print the name without quotes, and the grammar of 18 reads the function.
 * Proof: the function does not exist there, and no grammar before 16 reads the word as anything but a name. It is the only reserved word that came between 12 and
 * 18; where the grammar takes it for no expression, the text is not read at all.
 */
export function withOldNames(statement: Tree, serverMajor: number): Tree {
  return serverMajor < SYSTEM_USER_SINCE ? rewrite(statement, { FuncCall: column }) : statement
}

const column: Rewrite = (call) => {
  const [schema, name, ...others] = listOf(call.funcname).map(textOf)
  const isKeyword =
    call.funcformat === "COERCE_SQL_SYNTAX" &&
    schema === "pg_catalog" &&
    name === "system_user" &&
    others.length === 0 &&
    call.args === undefined
  return isKeyword ? { ColumnRef: { fields: [{ String: { sval: name } }] } } : { FuncCall: call }
}
