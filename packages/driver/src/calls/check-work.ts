import { PgsdError } from "../errors.ts"

/** @throws PgsdError PGSD_INVALID_PARAMETER for `work` that `call` cannot run */
export function checkWork(call: "transaction" | "use", work: unknown): void {
  if (typeof work === "function") return
  const type = work === null ? "null" : typeof work
  throw new PgsdError("PGSD_INVALID_PARAMETER", `the first argument of ${call}() must be a function, not ${type}`)
}
