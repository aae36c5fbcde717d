const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 1_600
/** Long enough for the first connection to serve callers with short work. */
const SETTLE_MS = 500

/**
 * The effect of failed attempts on later ones. While attempts fail, there is one at a time, after a pause that doubles from 100 ms to 1.6
 * s, with jitter from 50 to 100 %, so that many pools do not connect in step. The success that ends a series of failures is followed by a
 * pause as well, while its connection serves: every process of a fleet has waiting callers, and the server's slots serve more of them if
 * each process takes one first. After that 1, 2, 4 … attempts run at a time, up to the limit.
 */
export class FailurePolicy {
  /** The last attempt's error; undefined once one has succeeded. */
  lastError: unknown = undefined
  /** No attempt starts before this time; monotonic, in ms. */
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

  /** Number of consecutive failures; those of concurrent attempts count once. */
  get streak(): number {
    return this.#streak
  }

  /** Number of attempts that may be in progress. */
  allowance(now: number): number {
    if (now < this.retryAt) return 0
    return this.#streak === 0 ? this.#allowed : 1
  }

  /** The error that rejects new callers during the pause after a permanent failure. */
  refusal(now: number): unknown {
    return now < this.#refuseUntil ? this.lastError : undefined
  }

  failed(error: unknown, permanent: boolean, now: number): void {
    this.lastError = error
    this.#allowed = 1
    // Attempts in progress when the first of them failed belong to the same failure.
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
