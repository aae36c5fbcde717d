import type { Spread } from "./statistics.ts"

/** Three significant digits, thousands separated: the fourth is noise. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "–"
  const rounded = value === 0 ? 0 : Number(value.toPrecision(3))
  return rounded.toLocaleString("en-US", { maximumFractionDigits: 4 })
}

/** `median (min..max)`, the only run's figure, or why there is none. */
export function formatSpread(spread: Spread | Error | undefined, scale = 1): string {
  if (spread === undefined) return "–"
  if (spread instanceof Error) return formatFailure(spread)
  const { median, min, max, runs } = spread
  if (runs === 1) return `${formatNumber(median * scale)} (one run)`
  return `${formatNumber(median * scale)} (${formatNumber(min * scale)}..${formatNumber(max * scale)})`
}

export function formatFailure(error: Error): string {
  return error.name === "ProcessDied" ? "process died" : error.name === "ProcessTimedOut" ? "no end" : error.message
}

/** The ratio of the medians, `value` over `base`. */
export function formatRatio(value: Spread | Error | undefined, base: Spread | Error | undefined): string {
  if (value === undefined || base === undefined || value instanceof Error || base instanceof Error) return "–"
  return `${formatNumber(value.median / base.median)}×`
}
