import { PgsdError } from "../errors.ts"

/** @throws PgsdError PGSD_INVALID_PARAMETER for `work`, which `call` cannot run */
export function notAFunction(call: "transaction" | "use", work: unknown): never {
  const type = work === null ? "null" : typeof work
  throw new PgsdError("PGSD_INVALID_PARAMETER", `the first argument of ${call}() must be a function, not ${type}`)
}
