import { bounded } from "./bounded.ts"
import type { IdleList } from "./idle-list.ts"
import type { CloseReason, Ledger } from "./ledger.ts"
import type { ResourcePort } from "./resource-port.ts"
import type { CoreSettings } from "./settings.ts"
import { type Slot, State } from "./slot.ts"

/** A server that does not answer a goodbye within this is not waited for: the place in the pool is wanted. */
const GOODBYE_MS = 1_000

/** How an open connection ends: politely, at once, or by itself. */
export class Endings<T, L> {
  readonly #ledger: Ledger<T>
  readonly #idle: IdleList<T>
  readonly #port: ResourcePort<T, L>
  readonly #settings: CoreSettings
  readonly #left: () => void

  /** @param left called whenever a place has become free */
  constructor(ledger: Ledger<T>, idle: IdleList<T>, port: ResourcePort<T, L>, settings: CoreSettings, left: () => void) {
    this.#ledger = ledger
    this.#idle = idle
    this.#port = port
    this.#settings = settings
    this.#left = left
  }

  /** Politely; the place counts until the server has said goodbye or had its time. Resolves then. */
  retire(slot: Slot<T>, reason: CloseReason): Promise<void> {
    this.#take(slot, reason)
    this.#ledger.move(slot, State.closing)
    const resource = slot.resource!
    const { clock, closeTimeoutMs } = this.#settings
    return new Promise((resolve) => {
      const noTimeoutError = () => undefined
      bounded(clock, slot, this.#port.close(resource), Math.min(closeTimeoutMs, GOODBYE_MS), noTimeoutError, (outcome) => {
        if (outcome !== "gone") {
          this.#ledger.move(slot, State.closed)
          // Whatever the goodbye has left.
          this.#port.destroy(resource)
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
    this.#port.destroy(slot.resource!)
    this.#left()
  }

  /** It has died by itself. */
  lost(slot: Slot<T>, error: unknown): void {
    this.#ledger.lost++
    this.#end(slot, "lost")
    this.#port.events.lost(slot, error)
    this.#left()
  }

  #end(slot: Slot<T>, reason: CloseReason): void {
    // One that was closing already has been accounted for.
    if (slot.state !== State.closing) this.#take(slot, reason)
    this.#ledger.move(slot, State.closed)
    slot.giveUp?.()
  }

  #take(slot: Slot<T>, reason: CloseReason): void {
    if (slot.state === State.idle) this.#idle.remove(slot)
    this.#ledger.closedBy[reason]++
  }
}
