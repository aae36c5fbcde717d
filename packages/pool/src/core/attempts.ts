import { timerDelay } from "@pgsd/driver"
import type { Parts } from "./parts.ts"
import { Slot, State } from "./slot.ts"

/** Connection attempts. They belong to the pool: each may outlive the caller that caused it, but not its deadline. */
export class Attempts<T, L> {
  readonly #parts: Parts<T, L>
  readonly #opened: (slot: Slot<T>) => void
  readonly #failed: (slot: Slot<T>, error: unknown) => void

  constructor(parts: Parts<T, L>, opened: (slot: Slot<T>) => void, failed: (slot: Slot<T>, error: unknown) => void) {
    this.#parts = parts
    this.#opened = opened
    this.#failed = failed
  }

  /** @param fresh with credentials that are not cached */
  start(fresh: boolean): void {
    const { port, mode, ledger } = this.#parts
    const { clock, connectTimeoutMs } = this.#parts.settings
    const slot = new Slot<T>(mode.generation, fresh, clock.now())
    const abort = new AbortController()
    ledger.enter(slot)
    const timer = clock.setTimeout(() => this.#fail(slot, port.errors.connectTimeout(connectTimeoutMs)), timerDelay(connectTimeoutMs))
    // Before opening, because an open function may close the pool.
    slot.abandon = (reason) => {
      clock.clearTimeout(timer)
      abort.abort(reason)
    }
    port.open(abort.signal, fresh).then(
      (resource) => {
        clock.clearTimeout(timer)
        // No longer needed: its deadline has passed or the pool was closed.
        if (slot.state !== State.connecting) return port.destroy(resource)
        slot.abandon = undefined
        slot.resource = resource
        this.#opened(slot)
      },
      (error: unknown) => {
        clock.clearTimeout(timer)
        if (slot.state === State.connecting) this.#fail(slot, error)
      },
    )
  }

  /** Aborts all attempts: the pool no longer needs them. */
  abandonAll(reason: unknown): void {
    for (const slot of this.#parts.ledger.slots) if (slot.state === State.connecting) this.#end(slot, reason)
  }

  #fail(slot: Slot<T>, error: unknown): void {
    this.#end(slot, error)
    this.#failed(slot, error)
  }

  #end(slot: Slot<T>, reason: unknown): void {
    this.#parts.ledger.move(slot, State.closed)
    slot.abandon!(reason)
  }
}
