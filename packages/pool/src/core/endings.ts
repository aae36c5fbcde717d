import { bounded } from "./bounded.ts"
import type { CloseReason } from "./ledger.ts"
import type { Parts } from "./parts.ts"
import { type Slot, State } from "./slot.ts"

/** A server that does not answer a goodbye within this is not waited for: the place in the pool is wanted. */
const GOODBYE_MS = 1_000

/** How an open connection ends: politely, at once, or by itself. */
export class Endings<T, L> {
  readonly #parts: Parts<T, L>
  readonly #left: () => void

  /** @param left called whenever a place has become free */
  constructor(parts: Parts<T, L>, left: () => void) {
    this.#parts = parts
    this.#left = left
  }

  /** Politely; the place counts until the server has said goodbye or had its time. Resolves then. */
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
          // Whatever the goodbye has left.
          port.destroy(resource)
          this.#left()
        }
        resolve()
      })
    })
  }

  /** At once. */
  destroy(slot: Slot<T>, reason: CloseReason): void {
    if (slot.state === State.closed) return
    this.#end(slot, reason)
    this.#parts.port.destroy(slot.resource!)
    this.#left()
  }

  /** It has died by itself. */
  lost(slot: Slot<T>, error: unknown): void {
    this.#parts.ledger.lost++
    this.#end(slot, "lost")
    this.#parts.port.events.lost(slot, error)
    this.#left()
  }

  #end(slot: Slot<T>, reason: CloseReason): void {
    // One that was closing already has been accounted for.
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
