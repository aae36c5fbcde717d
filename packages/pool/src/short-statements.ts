/** Number of runs after which a statement is classified. */
const ENOUGH_RUNS = 16
/** Anything longer is slow. */
const SHORT_MS = 25
/** Maximum fraction of slow runs among the last few hundred: tolerates a single pause of the event loop. */
const MAX_SLOW_SHARE = 0.005
/** The weight of one run in that fraction. */
const WEIGHT = 1 / 256
/** Maximum number of statements remembered, and maximum length. */
const MAX_TEXTS = 1_000
const MAX_LENGTH = 4_096

interface History {
  runs: number
  slowShare: number
}

/** Records the server time of statements, by text: with `pipelineDepth: "auto"` only short ones share a connection. */
export class ShortStatements {
  readonly #histories = new Map<string, History>()

  isShort(sql: string): boolean {
    const history = this.#histories.get(sql)
    return history !== undefined && history.runs >= ENOUGH_RUNS && history.slowShare < MAX_SLOW_SHARE
  }

  /** Records the server time of one run. */
  ran(sql: string, durationMs: number): void {
    const slow = durationMs > SHORT_MS ? 1 : 0
    const history = this.#histories.get(sql)
    if (history !== undefined) {
      history.runs++
      history.slowShare += (slow - history.slowShare) * WEIGHT
    } else if (sql.length <= MAX_LENGTH) {
      // Removes the oldest: with more texts than this, most are generated per call.
      if (this.#histories.size >= MAX_TEXTS) this.#histories.delete(this.#histories.keys().next().value!)
      this.#histories.set(sql, { runs: 1, slowShare: slow * MAX_SLOW_SHARE })
    }
  }
}
