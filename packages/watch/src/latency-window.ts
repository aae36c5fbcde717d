import { createHistogram } from "node:perf_hooks"
import type { Percentiles } from "./update.ts"

/** In µs: two significant digits up to an hour, in 26 kB. */
const RANGE = { lowest: 1, highest: 3_600_000_000, figures: 2 }

/** Percentiles over the last seconds: two histograms record every value, and are reset in turn. */
export class LatencyWindow {
  #older = createHistogram(RANGE)
  #newer = createHistogram(RANGE)
  #turnsAt: number
  readonly #halfMs: number

  /** @param windowMs the period of percentiles(): between half of it and all of it */
  constructor(windowMs: number, nowMs: number) {
    this.#halfMs = windowMs / 2
    this.#turnsAt = nowMs + this.#halfMs
  }

  record(ms: number): void {
    const micros = Math.min(Math.max(Math.round(ms * 1000), RANGE.lowest), RANGE.highest)
    this.#older.record(micros)
    this.#newer.record(micros)
  }

  /** In ms; null if nothing was recorded. */
  percentiles(nowMs: number): Percentiles | null {
    if (nowMs >= this.#turnsAt) {
      const ended = this.#older
      this.#older = this.#newer
      ended.reset()
      this.#newer = ended
      // After a long pause the other histogram is out of date, too.
      if (nowMs >= this.#turnsAt + this.#halfMs) this.#older.reset()
      this.#turnsAt = nowMs + this.#halfMs
    }
    const window = this.#older
    if (window.count === 0) return null
    return [window.percentile(50) / 1000, window.percentile(95) / 1000, window.percentile(99) / 1000]
  }
}
