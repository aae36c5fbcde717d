import type { Rewrite } from "../tree.ts"

/**
 * M: `f(IN a integer)` is `f(a integer)`.
 *
 * Reason: since 14 a procedure's arguments are printed with their mode even when it is the default.
 * Proof: both are stored as mode "i" of pg_proc.
 */
export const parameter: Rewrite = (fields) => ({
  FunctionParameter: fields.mode === "FUNC_PARAM_IN" ? { ...fields, mode: "FUNC_PARAM_DEFAULT" } : fields,
})
