import { type Deadline, deadline } from "./deadline.ts"

/** Too short for a login: of a host with very many addresses, only some are tried. */
const SHORTEST_ATTEMPT_MS = 1_000

/** The time budget of one host, shared by its addresses. */
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

  /** Divides the remaining time between that many addresses, once the name is resolved. */
  divide(addresses: number): void {
    this.#partMs = Math.max((this.#end - performance.now()) / addresses, SHORTEST_ATTEMPT_MS)
  }

  /** The deadline of the attempt that starts now. The lookup counts towards the first; each further one has its own. */
  next(): Deadline {
    const now = performance.now()
    const usedMs = this.#isFirst ? now - this.#startedAt : 0
    this.#isFirst = false
    return deadline(Math.min(this.limitMs - usedMs, this.#partMs, this.#end - now))
  }
}
