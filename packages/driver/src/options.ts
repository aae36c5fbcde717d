import { PgsdError } from "./errors.ts"
import { nearestName } from "./nearest-name.ts"

/**
 * Refuses names that no option has: a misspelt option would otherwise be a setting that silently does nothing.
 *
 * @param what as in `unknown pool option "maxx"`
 * @throws PgsdError PGSD_INVALID_OPTION with "did you mean"
 */
export function refuseUnknownOptions(what: string, given: object, known: readonly string[]): void {
  if (typeof given !== "object" || given === null)
    throw new PgsdError("PGSD_INVALID_OPTION", `${what}: options are an object, not ${given === null ? "null" : typeof given}`, {
      hint: `known are ${known.join(", ")}`,
    })
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const near = nearestName(name, known)
    throw new PgsdError("PGSD_INVALID_OPTION", `unknown ${what} "${name}"`, {
      hint: near === undefined ? `known are ${known.join(", ")}` : `did you mean "${near}"?`,
    })
  }
}

/** A positive number of milliseconds, `Infinity` included. */
export function milliseconds(name: string, value: number): number {
  if (typeof value === "number" && value > 0) return value
  throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be a number of milliseconds greater than 0, or Infinity`)
}

/** A whole number from `least` up; `Infinity` only where it is an answer. */
export function count(name: string, value: number, least: number, unlimited = false): number {
  if ((Number.isSafeInteger(value) && value >= least) || (unlimited && value === Number.POSITIVE_INFINITY)) return value
  throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be a whole number from ${least} up${unlimited ? ", or Infinity" : ""}`)
}

/** An AbortSignal or undefined. Its controller, given by mistake, has neither listeners nor `aborted`. */
export function abortSignal(name: string, value: AbortSignal | undefined): AbortSignal | undefined {
  if (value === undefined || (typeof value?.addEventListener === "function" && typeof value.aborted === "boolean")) return value
  throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be an AbortSignal`, {
    hint: (value as unknown) instanceof AbortController ? "pass the controller's signal" : undefined,
  })
}
