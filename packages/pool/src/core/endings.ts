import { bounded } from "./bounded.ts"
import type { CloseReason } from "./ledger.ts"
import type { Parts } from "./parts.ts"
import { type Slot, State } from "./slot.ts"

/** Timeout of a graceful close: afterwards the slot is reused without waiting for the server. */
const GOODBYE_MS = 1_000

/** How an open connection ends: gracefully, immediately, or by a loss. */
export class Endings<T, L> {
  readonly #parts: Parts<T, L>
  readonly #left: () => void

  /** @param left called whenever a slot has become free */
  constructor(parts: Parts<T, L>, left: () => void) {
    this.#parts = parts
    this.#left = left
  }

  /** Closes gracefully; the slot counts until the close has finished or timed out. Resolves then. */
  retire(slot: Slot<T>, reason: CloseReason): Promise<void> {
    const { port, ledger } = this.#parts
    const { clock, closeTimeoutMs } = this.#parts.settings
    this.#take(slot, reason)
    ledger.move(slot, State.closing)
    port.events.ended(slot, reason)
    const resource = slot.resource!
    return new Promise((resolve) => {
      const noTimeoutError = () => undefined
      bounded(clock, slot, port.close(resource), Math.min(closeTimeoutMs, GOODBYE_MS), noTimeoutError, (outcome) => {
        if (outcome !== "gone") {
          ledger.move(slot, State.closed)
          // Whatever remains after the graceful close.
          port.destroy(resource)
          this.#left()
        }
        resolve()
      })
    })
  }

  /** Closes immediately. */
  destroy(slot: Slot<T>, reason: CloseReason): void {
    if (slot.state === State.closed) return
    this.#end(slot, reason)
    this.#parts.port.destroy(slot.resource!)
    this.#left()
  }

  /** The connection was lost. */
  lost(slot: Slot<T>, error: unknown): void {
    this.#parts.ledger.lost++
    this.#end(slot, "lost")
    this.#parts.port.events.lost(slot, error)
    this.#left()
  }

  #end(slot: Slot<T>, reason: CloseReason): void {
    // A connection that was already closing has been counted.
    const accounted = slot.state === State.closing
    if (!accounted) this.#take(slot, reason)
    this.#parts.ledger.move(slot, State.closed)
    if (!accounted) this.#parts.port.events.ended(slot, reason)
    slot.giveUp?.()
  }

  #take(slot: Slot<T>, reason: CloseReason): void {
    if (slot.state === State.idle) this.#parts.idle.remove(slot)
    this.#parts.ledger.closedBy[reason]++
  }
}
