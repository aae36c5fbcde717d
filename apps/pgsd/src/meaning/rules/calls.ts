import { type Rewrite, withoutField } from "../tree.ts"
import { withoutCatalog } from "./names.ts"

/**
 * S: `EXTRACT(year FROM x)`, `x AT TIME ZONE 'UTC'`, `TRIM(BOTH FROM x)` are the calls that the grammar makes of them.
 *
 * Reason: servers before 14 print `timezone('UTC', x)` for what newer ones print as it was written.
 * Proof: the grammar makes the same FuncCall of both, with the function of pg_catalog and the arguments in its order; what remains (funcformat) is kept for
 * printing alone.
 */
export const call: Rewrite = (fields) => ({
  FuncCall: { ...withoutField(fields, "funcformat"), funcname: withoutCatalog(fields.funcname) },
})
