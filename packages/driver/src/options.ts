import { PgsdError, unreadable } from "./errors.ts"
import { nearestName } from "./nearest-name.ts"
import { isWellFormed } from "./well-formed.ts"

/** A validator per option: a table with a missing or extra key does not compile. */
export type OptionTable<O extends object> = { readonly [Name in keyof Required<O>]: (name: string, value: never) => unknown }

/**
 * Rejects unknown option names (a misspelt option would silently have no effect) and invalid values. `undefined` counts as absent.
 *
 * @param what as in `unknown option of query "timeout"`
 * @throws PgsdError PGSD_INVALID_OPTION with "did you mean"
 */
export function checkOptions<O extends object>(what: string, given: O, table: OptionTable<O>): void {
  refuseUnknownOptions(what, given, Object.keys(table))
  try {
    // All names that are read later, including inherited ones.
    for (const name of Object.keys(table) as (keyof O & string)[]) {
      const value = given[name]
      if (value !== undefined) table[name](name, value as never)
    }
  } catch (error) {
    throw unreadable("PGSD_INVALID_OPTION", what, error)
  }
}

/**
 * Rejects unknown names only; values are checked elsewhere.
 *
 * @throws PgsdError PGSD_INVALID_OPTION with "did you mean"
 */
export function refuseUnknownOptions(what: string, given: object, known: readonly string[]): void {
  if (typeof given !== "object" || given === null)
    throw new PgsdError("PGSD_INVALID_OPTION", `${what}: options must be an object, not ${given === null ? "null" : typeof given}`, {
      hint: `known are ${known.join(", ")}`,
    })
  for (const name of namesOf(what, given)) {
    if (known.includes(name)) continue
    const near = nearestName(name, known)
    throw new PgsdError("PGSD_INVALID_OPTION", `unknown ${what} "${name}"`, {
      hint: near === undefined ? `known are ${known.join(", ")}` : `did you mean "${near}"?`,
    })
  }
}

function namesOf(what: string, given: object): string[] {
  try {
    return Object.keys(given)
  } catch (error) {
    throw unreadable("PGSD_INVALID_OPTION", what, error)
  }
}

/** A positive number of milliseconds, including `Infinity`. */
export function milliseconds(name: string, value: number): number {
  if (typeof value === "number" && value > 0) return value
  throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be a number of milliseconds greater than 0, or Infinity`)
}

/** An integer ≥ `least`; `Infinity` only if allowed. */
export function count(name: string, value: number, least: number, unlimited = false): number {
  if ((Number.isSafeInteger(value) && value >= least) || (unlimited && value === Number.POSITIVE_INFINITY)) return value
  throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be an integer ≥ ${least}${unlimited ? ", or Infinity" : ""}`)
}

export function flag(name: string, value: boolean): boolean {
  if (typeof value === "boolean") return value
  throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be true or false`)
}

/** Maximum length of an identifier in bytes; PostgreSQL truncates longer ones, so that two names could become one. */
const LONGEST_NAME = 63

/** `prepare`: a flag, or the name of a prepared statement. */
export function flagOrName(name: string, value: boolean | string): boolean | string {
  if (typeof value !== "string") return flag(name, value)
  const bytes = Buffer.byteLength(value)
  if (bytes === 0 || bytes > LONGEST_NAME || value.includes("\0") || !isWellFormed(value))
    throw new PgsdError(
      "PGSD_INVALID_OPTION",
      `${name} must be true, false, or a name of 1 to ${LONGEST_NAME} bytes without NUL and unpaired surrogates`,
    )
  if (!value.startsWith("pgsd_")) return value
  throw new PgsdError("PGSD_INVALID_OPTION", `${name} must not begin with "pgsd_", as the names that drivers choose do`)
}

/** One of several strings. */
export function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value
  throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be one of ${allowed.map((each) => `"${each}"`).join(", ")}`)
}

/** An AbortSignal or undefined. Detects its controller, a likely mistake. */
export function abortSignal(name: string, value: AbortSignal | undefined): AbortSignal | undefined {
  if (value === undefined || (typeof value?.addEventListener === "function" && typeof value.aborted === "boolean")) return value
  throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be an AbortSignal`, {
    hint: (value as unknown) instanceof AbortController ? "pass the controller's signal" : undefined,
  })
}
