import { PgsdError } from "./errors.ts"

/**
 * Refuses names that no option has: a misspelt option would otherwise be a setting that silently does nothing.
 *
 * @param what as in `unknown pool option "maxx"`
 * @throws PgsdError PGSD_INVALID_OPTION with "did you mean"
 */
export function refuseUnknownOptions(what: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
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

function nearest(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase()
  const ranked = known.map((each) => ({ each, distance: editDistance(lower, each.toLowerCase()) })).sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= Math.max(2, Math.floor(name.length / 3)) ? best.each : undefined
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}
