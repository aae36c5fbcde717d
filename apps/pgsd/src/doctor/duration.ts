const UNITS: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
]

/** `90 s`, `12 min`, `3 h`: in the largest unit with a value of at least two, rounded down. */
export function duration(ms: number): string {
  const [size, unit] = UNITS.find(([size]) => ms >= 2 * size) ?? [1_000, "s"]
  return `${ms < 1_000 && ms > 0 ? "less than 1" : Math.floor(ms / size)} ${unit}`
}
