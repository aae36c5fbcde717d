import type { PgsdError } from "@pgsd/driver"

/** How long connecting to an unresponsive server is retried if the caller set no limit, in ms. */
const RETRY_WINDOW_MS = 10_000

/**
 * Decides when a failed attempt rejects its callers. With `connectionTimeoutMillis`, callers wait that long. Without it they would wait in
 * the queue indefinitely, as in pg, even for a server that no longer exists.
 */
export class RetryWindow {
  readonly #failFast: boolean
  readonly #limited: boolean
  #failingSince: number | undefined

  constructor(failFast: boolean, limited: boolean) {
    this.#failFast = failFast
    this.#limited = limited
  }

  /** Whether to reject the attempt's callers now. */
  isOver(error: PgsdError): boolean {
    if (this.#failFast || !error.retryable) return true
    if (this.#limited) return false
    const now = performance.now()
    this.#failingSince ??= now
    return now - this.#failingSince >= RETRY_WINDOW_MS
  }

  connected(): void {
    this.#failingSince = undefined
  }
}
