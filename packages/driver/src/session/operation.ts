import type { ObservedStatement, SessionOwner, StatementOutcome } from "./session-owner.ts"

/** Several round trips that are one statement to an owner that observes: those of a portal. Must be ended with end(). */
export class Operation {
  readonly #owner: SessionOwner
  readonly #observed: () => ObservedStatement
  #statement: ObservedStatement | undefined
  #begun = false

  constructor(owner: SessionOwner, observed: () => ObservedStatement) {
    this.#owner = owner
    this.#observed = observed
  }

  /** Runs `send`; the first one begins the operation. */
  sending<T>(send: () => T): T {
    if (this.#begun) return send()
    this.#begun = true
    if (!this.#owner.observes) return send()
    this.#statement = this.#observed()
    return this.#owner.sending(this.#statement, send)
  }

  /** Only the first call counts. */
  end(outcome: StatementOutcome): void {
    if (this.#statement !== undefined) this.#owner.settled(this.#statement, outcome)
    this.#statement = undefined
  }
}
