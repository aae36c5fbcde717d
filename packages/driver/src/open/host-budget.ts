import { type Deadline, deadline } from "./deadline.ts"

/** Too short for a login: of a host with very many addresses only some are tried. */
const SHORTEST_ATTEMPT_MS = 1_000

/** The time of one host, and how its addresses share it. */
export class HostBudget {
  /** For the lookup, and for one address. */
  readonly limitMs: number
  readonly #startedAt = performance.now()
  readonly #end: number
  #partMs = Number.POSITIVE_INFINITY
  #isFirst = true

  constructor(connectTimeoutMs: number, hostTimeoutMs: number) {
    this.limitMs = Math.min(connectTimeoutMs, hostTimeoutMs)
    this.#end = this.#startedAt + hostTimeoutMs
  }

  get isSpent(): boolean {
    return performance.now() >= this.#end
  }

  /** The name is known: what is left is for so many addresses. */
  divide(addresses: number): void {
    this.#partMs = Math.max((this.#end - performance.now()) / addresses, SHORTEST_ATTEMPT_MS)
  }

  /** For the attempt that begins now. The name was looked up on the first one's time; each further one has its own. */
  next(): Deadline {
    const now = performance.now()
    const usedMs = this.#isFirst ? now - this.#startedAt : 0
    this.#isFirst = false
    return deadline(Math.min(this.limitMs - usedMs, this.#partMs, this.#end - now))
  }
}
