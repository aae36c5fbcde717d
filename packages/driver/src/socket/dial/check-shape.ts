import { PgsdError } from "../../errors.ts"
import { nearestName } from "../../nearest-name.ts"

/** The message never contains the value: it may be a misplaced password or connection string. */
export function invalid(fact: string, hint?: string): PgsdError {
  return new PgsdError("PGSD_INVALID_TARGET", `invalid target: ${fact}${hint === undefined ? "" : ` (${hint})`}`, { hint })
}

export function checkKeys(where: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(`${where} must be an object`)
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    const near = nearestName(key, known)
    throw invalid(`${where} has no "${key}"`, near === undefined ? `known are ${known.join(", ")}` : `did you mean "${near}"?`)
  }
}

/** A string without NUL, which terminates strings in the protocol. */
export function checkText(name: string, value: unknown, options: { readonly empty?: boolean } = {}): asserts value is string {
  if (typeof value !== "string") throw invalid(`${name} must be a string`)
  if (value === "" && options.empty !== true) throw invalid(`${name} is empty`)
  if (value.includes("\0")) throw invalid(`${name} contains a NUL character`)
}

export function checkOneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (value !== undefined && !(typeof value === "string" && allowed.includes(value)))
    throw invalid(`${name} must be one of ${allowed.map((each) => `"${each}"`).join(", ")}`)
}

export function checkBoolean(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "boolean") throw invalid(`${name} must be true or false`)
}

/** A number of milliseconds > 0. */
export function checkMs(name: string, value: unknown, infinity: boolean): void {
  if (value === undefined || (typeof value === "number" && value > 0 && (infinity || Number.isFinite(value)))) return
  throw invalid(`${name} must be a number of milliseconds greater than 0${infinity ? ", or Infinity" : ""}`)
}
