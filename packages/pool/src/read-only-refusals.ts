import type { Connection } from "@pgsd/driver"

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

/**
 * Decides when a rejected write (25006) is a reason to replace the connections. After a failover every connection of the pool may lead to a
 * standby, and new ones to the primary; but a role or a replica that is permanently read-only rejects writes on new connections as well. So
 * each replacement is followed by a pause: the next rejection after it doubles the pause, and an equally long time without rejections
 * resets it. However long a failover takes, writes succeed at most twice that time later.
 */
export class ReadOnlyRefusals {
  #pauseMs = 0
  #pausedUntil = Number.NEGATIVE_INFINITY

  /** @param now monotonic, in ms */
  reconnectAfter({ serverParameters }: Connection, now: number): boolean {
    const { in_hot_standby, default_transaction_read_only } = serverParameters
    // A server that can write (reported since PostgreSQL 14) rejected a transaction that a statement had made read-only.
    if (in_hot_standby === "off" && default_transaction_read_only === "off") return false
    if (now < this.#pausedUntil) return false
    const wasQuiet = now - this.#pausedUntil >= this.#pauseMs
    this.#pauseMs = wasQuiet ? FIRST_PAUSE_MS : Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS)
    this.#pausedUntil = now + this.#pauseMs
    return true
  }
}
