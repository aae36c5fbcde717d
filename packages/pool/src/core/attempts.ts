import { timerDelay } from "@pgsd/driver"
import type { Ledger } from "./ledger.ts"
import type { ResourcePort } from "./resource-port.ts"
import type { CoreSettings } from "./settings.ts"
import { Slot, State } from "./slot.ts"

/** Attempts to connect. They belong to the pool: each outlives the caller who caused it, and none outlives its deadline. */
export class Attempts<T, L> {
  readonly #ledger: Ledger<T>
  readonly #port: ResourcePort<T, L>
  readonly #settings: CoreSettings
  readonly #opened: (slot: Slot<T>) => void
  readonly #failed: (slot: Slot<T>, error: unknown) => void

  constructor(
    ledger: Ledger<T>,
    port: ResourcePort<T, L>,
    settings: CoreSettings,
    opened: (slot: Slot<T>) => void,
    failed: (slot: Slot<T>, error: unknown) => void,
  ) {
    this.#ledger = ledger
    this.#port = port
    this.#settings = settings
    this.#opened = opened
    this.#failed = failed
  }

  start(generation: number, fresh: boolean): void {
    const { clock, connectTimeoutMs } = this.#settings
    const slot = new Slot<T>(generation, fresh, clock.now())
    const abort = new AbortController()
    this.#ledger.enter(slot)
    const timer = clock.setTimeout(() => this.#fail(slot, this.#port.errors.connectTimeout(connectTimeoutMs)), timerDelay(connectTimeoutMs))
    // Before the opening: whoever opens may close the pool.
    slot.abandon = (reason) => {
      clock.clearTimeout(timer)
      abort.abort(reason)
    }
    this.#port.open(abort.signal, fresh).then(
      (resource) => {
        clock.clearTimeout(timer)
        // Nobody counts on it any more: its deadline passed or the pool was closed.
        if (slot.state !== State.connecting) return this.#port.destroy(resource)
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

  /** The pool has no use for what is still connecting. */
  abandonAll(reason: unknown): void {
    for (const slot of this.#ledger.slots) if (slot.state === State.connecting) this.#end(slot, reason)
  }

  #fail(slot: Slot<T>, error: unknown): void {
    this.#end(slot, error)
    this.#failed(slot, error)
  }

  #end(slot: Slot<T>, reason: unknown): void {
    this.#ledger.move(slot, State.closed)
    slot.abandon!(reason)
  }
}
