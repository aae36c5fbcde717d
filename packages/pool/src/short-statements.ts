/** So many runs say what a statement is like. */
const ENOUGH_RUNS = 16
/** What takes longer is slow. */
const SHORT_MS = 25
/** Of the last few hundred runs no more than this share may have been slow: one pause of the event loop is forgiven. */
const MAX_SLOW_SHARE = 0.005
/** How much one run weighs in that share. */
const WEIGHT = 1 / 256
/** The most statements that are remembered, and the longest. */
const MAX_TEXTS = 1_000
const MAX_LENGTH = 4_096

interface History {
  runs: number
  slowShare: number
}

/** What is known of the times that statements take at the server, by their text: with `pipelineDepth: "auto"` only short ones share. */
export class ShortStatements {
  readonly #histories = new Map<string, History>()

  isShort(sql: string): boolean {
    const history = this.#histories.get(sql)
    return history !== undefined && history.runs >= ENOUGH_RUNS && history.slowShare < MAX_SLOW_SHARE
  }

  /** A run of it took so long at the server. */
  ran(sql: string, durationMs: number): void {
    const slow = durationMs > SHORT_MS ? 1 : 0
    const history = this.#histories.get(sql)
    if (history !== undefined) {
      history.runs++
      history.slowShare += (slow - history.slowShare) * WEIGHT
    } else if (sql.length <= MAX_LENGTH) {
      // The oldest goes: of more texts than this, most are made anew for each call.
      if (this.#histories.size >= MAX_TEXTS) this.#histories.delete(this.#histories.keys().next().value!)
      this.#histories.set(sql, { runs: 1, slowShare: slow * MAX_SLOW_SHARE })
    }
  }
}
