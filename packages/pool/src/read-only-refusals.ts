import type { Connection } from "@pgsd/driver"

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

/**
 * When a refused write (25006) is reason to connect anew. After a failover every connection of the pool may lead to a standby, and new ones
 * to the primary; but a role or a replica that is read-only for good refuses on new connections as well. So there is a pause after each
 * time: the next refusal after it doubles it, and a time without refusals that is as long as the pause again ends it. However long a
 * failover takes, writing goes on after twice that at most.
 */
export class ReadOnlyRefusals {
  #pauseMs = 0
  #pausedUntil = Number.NEGATIVE_INFINITY

  /** @param now monotonic, in ms */
  reconnectAfter({ serverParameters }: Connection, now: number): boolean {
    const { in_hot_standby, default_transaction_read_only } = serverParameters
    // A server that can write (it says so since PostgreSQL 14) refused a transaction that was made read-only by a statement.
    if (in_hot_standby === "off" && default_transaction_read_only === "off") return false
    if (now < this.#pausedUntil) return false
    const wasQuiet = now - this.#pausedUntil >= this.#pauseMs
    this.#pauseMs = wasQuiet ? FIRST_PAUSE_MS : Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS)
    this.#pausedUntil = now + this.#pauseMs
    return true
  }
}
