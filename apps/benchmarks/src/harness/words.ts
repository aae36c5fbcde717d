import type { Spread } from "./statistics.ts"

/** Three significant digits, thousands separated: nobody compares the fourth. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–"
  const rounded = value === 0 ? 0 : Number(value.toPrecision(3))
  return rounded.toLocaleString("en-US", { maximumFractionDigits: 4 })
}

/** `median (min..max)`, or the one figure there is, or why there is none. */
export function spreadWords(spread: Spread | Error | undefined, scale = 1): string {
  if (spread === undefined) return "–"
  if (spread instanceof Error) return failureWords(spread)
  const { median, min, max, runs } = spread
  if (runs === 1) return `${figure(median * scale)} (one run)`
  return `${figure(median * scale)} (${figure(min * scale)}..${figure(max * scale)})`
}

export function failureWords(error: Error): string {
  return error.name === "ProcessDied" ? "process died" : error.name === "ProcessSilent" ? "no end" : error.message
}

/** How many times `value` is of `base`; both medians. */
export function ratioWords(value: Spread | Error | undefined, base: Spread | Error | undefined): string {
  if (value === undefined || base === undefined || value instanceof Error || base instanceof Error) return "–"
  return `${figure(value.median / base.median)}×`
}
