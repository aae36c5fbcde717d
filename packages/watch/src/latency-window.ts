import { createHistogram } from "node:perf_hooks"
import type { Percentiles } from "./update.ts"

/** In µs: to two significant digits up to an hour, in 26 kB. */
const RANGE = { lowest: 1, highest: 3_600_000_000, figures: 2 }

/** Percentiles over the last seconds: two histograms get every value, and take turns in beginning anew. */
export class LatencyWindow {
  #older = createHistogram(RANGE)
  #newer = createHistogram(RANGE)
  #turnsAt: number
  readonly #halfMs: number

  /** @param windowMs what percentiles() covers: between half of it and all of it */
  constructor(windowMs: number, nowMs: number) {
    this.#halfMs = windowMs / 2
    this.#turnsAt = nowMs + this.#halfMs
  }

  record(ms: number): void {
    const micros = Math.min(Math.max(Math.round(ms * 1000), RANGE.lowest), RANGE.highest)
    this.#older.record(micros)
    this.#newer.record(micros)
  }

  /** In ms; null when nothing was recorded. */
  percentiles(nowMs: number): Percentiles | null {
    if (nowMs >= this.#turnsAt) {
      const ended = this.#older
      this.#older = this.#newer
      ended.reset()
      this.#newer = ended
      // The last call is long ago: what the other one holds is old, too.
      if (nowMs >= this.#turnsAt + this.#halfMs) this.#older.reset()
      this.#turnsAt = nowMs + this.#halfMs
    }
    const window = this.#older
    if (window.count === 0) return null
    return [window.percentile(50) / 1000, window.percentile(95) / 1000, window.percentile(99) / 1000]
  }
}
