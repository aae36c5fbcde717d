import { bounded } from "./bounded.ts"
import type { Endings } from "./endings.ts"
import type { Parts } from "./parts.ts"
import { type Slot, State } from "./slot.ts"

/** Checks idle connections. A dead one makes all other idle connections suspect. */
export class Checks<T, L> {
  /** Checks in progress that are expected to succeed: they count as supply. */
  trusted = 0
  readonly #parts: Parts<T, L>
  readonly #endings: Endings<T, L>
  readonly #passed: (slot: Slot<T>) => void

  /** @param passed called with a slot that responded */
  constructor(parts: Parts<T, L>, endings: Endings<T, L>, passed: (slot: Slot<T>) => void) {
    this.#parts = parts
    this.#endings = endings
    this.#passed = passed
  }

  /** @param slot an idle one @returns whether it is alive; by then it is back in service or closed */
  start(slot: Slot<T>): Promise<boolean> {
    const { port, idle, ledger, wallNow } = this.#parts
    const { clock, validateTimeoutMs } = this.#parts.settings
    const startedAt = wallNow()
    const { suspect } = slot
    idle.remove(slot)
    ledger.move(slot, State.checking)
    if (!suspect) this.trusted++
    return new Promise((resolve) => {
      const timeout = () => port.errors.checkTimeout(validateTimeoutMs)
      bounded(clock, slot, port.check(slot.resource!), validateTimeoutMs, timeout, (outcome, error) => {
        if (!suspect) this.trusted--
        resolve(outcome === "done")
        if (outcome === "done") {
          slot.suspect = false
          slot.provenAt = wallNow()
          this.#passed(slot)
        } else if (outcome === "failed") this.#failed(slot, error, startedAt)
      })
    })
  }

  #failed(slot: Slot<T>, error: unknown, startedAt: number): void {
    const others = [...this.#parts.idle].filter((each) => each.provenAt < startedAt)
    for (const each of others) each.suspect = true
    this.#parts.port.events.unfit(slot, error)
    this.#endings.destroy(slot, "error")
    // In parallel: sequentially, a caller would wait for each timeout in turn.
    for (const each of others) if (each.state === State.idle) void this.start(each)
  }
}
