import type { PgsdError } from "@pgsd/driver"

/** How long a server that does not answer is asked again where the caller set no limit, in ms. */
const PATIENCE_MS = 10_000

/**
 * When callers hear of a failed attempt. Those that set `connectionTimeoutMillis` have said how long they wait. Those that did not wait in
 * the queue without a limit, as in pg, and would wait without a limit for a server that is gone.
 */
export class Patience {
  readonly #failFast: boolean
  readonly #limited: boolean
  #failingSince: number | undefined

  constructor(failFast: boolean, limited: boolean) {
    this.#failFast = failFast
    this.#limited = limited
  }

  /** The attempt's callers are rejected now. */
  isOver(error: PgsdError): boolean {
    if (this.#failFast || !error.retryable) return true
    if (this.#limited) return false
    const now = performance.now()
    this.#failingSince ??= now
    return now - this.#failingSince >= PATIENCE_MS
  }

  connected(): void {
    this.#failingSince = undefined
  }
}
