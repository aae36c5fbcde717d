const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 1_600
/** Long enough for the first connection to serve the callers whose work is short. */
const SETTLE_MS = 500

/**
 * What failed attempts mean for the next ones. While attempts fail there is one prober at a time, with a pause before each: doubled
 * from 100 ms to 1.6 s, and drawn from 50 to 100 % of that, so that many pools do not knock in step. The success that ends them is
 * followed by a pause as well, while its connection serves: every process of a fleet has callers that have waited, and the slots of the
 * server go further when each takes one first. After that 1, 2, 4 … attempts at a time until the limit is back.
 */
export class FailurePolicy {
  /** The last attempt's error; undefined once one has succeeded. */
  lastError: unknown = undefined
  /** Monotonic, in ms: no attempt before this. */
  retryAt = Number.NEGATIVE_INFINITY
  readonly #concurrency: number
  readonly #random: () => number
  readonly #longestDelayMs: number
  #streak = 0
  #refuseUntil = Number.NEGATIVE_INFINITY
  #allowed: number

  constructor(concurrency: number, random: () => number, longestDelayMs = LONGEST_DELAY_MS) {
    this.#concurrency = concurrency
    this.#random = random
    this.#longestDelayMs = longestDelayMs
    this.#allowed = concurrency
  }

  /** Failures in a row; those of attempts that ran side by side count once. */
  get streak(): number {
    return this.#streak
  }

  /** How many attempts may be under way now. */
  allowance(now: number): number {
    if (now < this.retryAt) return 0
    return this.#streak === 0 ? this.#allowed : 1
  }

  /** The error that new callers are refused with during the cool-down after a permanent failure. */
  refusal(now: number): unknown {
    return now < this.#refuseUntil ? this.lastError : undefined
  }

  failed(error: unknown, permanent: boolean, now: number): void {
    this.lastError = error
    this.#allowed = 1
    // Attempts that were under way when the first of them failed are the same failure.
    if (now >= this.retryAt) {
      const delay = Math.min(this.#longestDelayMs, FIRST_DELAY_MS * 2 ** this.#streak)
      this.#streak++
      this.retryAt = now + this.#drawn(delay)
    }
    this.#refuseUntil = permanent ? this.retryAt : Number.NEGATIVE_INFINITY
  }

  succeeded(now: number): void {
    if (this.#streak === 0) this.#allowed = Math.min(this.#concurrency, this.#allowed * 2)
    else this.retryAt = now + this.#drawn(SETTLE_MS)
    this.#streak = 0
    this.#refuseUntil = Number.NEGATIVE_INFINITY
    this.lastError = undefined
  }

  /** No connection is left that could serve during the pause after the first success. */
  bereft(): void {
    if (this.#streak === 0) this.retryAt = Number.NEGATIVE_INFINITY
  }

  #drawn(delay: number): number {
    return delay * (0.5 + this.#random() / 2)
  }
}
