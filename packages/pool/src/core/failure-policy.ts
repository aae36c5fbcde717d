const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 1_000

/**
 * What failed attempts mean for the next ones. While attempts fail there is one prober at a time, with a pause before each: doubled
 * from 100 ms to 1 s, and drawn from 50 to 100 % of that, so that many pools do not knock in step. After that 1, 2, 4 … attempts
 * at a time until the limit is back.
 */
export class FailurePolicy {
  /** The last attempt's error; undefined once one has succeeded. */
  lastError: unknown = undefined
  /** Monotonic, in ms: no attempt before this. */
  retryAt = Number.NEGATIVE_INFINITY
  readonly #concurrency: number
  readonly #random: () => number
  #streak = 0
  #refuseUntil = Number.NEGATIVE_INFINITY
  #allowed: number

  constructor(concurrency: number, random: () => number) {
    this.#concurrency = concurrency
    this.#random = random
    this.#allowed = concurrency
  }

  /** Failures in a row; those of attempts that ran side by side count once. */
  get streak(): number {
    return this.#streak
  }

  /** How many attempts may be under way now. */
  allowance(now: number): number {
    if (this.#streak === 0) return this.#allowed
    return now >= this.retryAt ? 1 : 0
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
      const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#streak)
      this.#streak++
      this.retryAt = now + delay * (0.5 + this.#random() / 2)
    }
    this.#refuseUntil = permanent ? this.retryAt : Number.NEGATIVE_INFINITY
  }

  succeeded(): void {
    if (this.#streak === 0) this.#allowed = Math.min(this.#concurrency, this.#allowed * 2)
    this.#streak = 0
    this.#refuseUntil = Number.NEGATIVE_INFINITY
    this.lastError = undefined
    this.retryAt = Number.NEGATIVE_INFINITY
  }
}
