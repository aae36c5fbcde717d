import { bounded } from "./bounded.ts"
import type { Endings } from "./endings.ts"
import type { IdleList } from "./idle-list.ts"
import type { Ledger } from "./ledger.ts"
import type { ResourcePort } from "./resource-port.ts"
import type { CoreSettings } from "./settings.ts"
import { type Slot, State } from "./slot.ts"

/** Asks idle connections whether they are alive. One that is not makes all its neighbours suspect. */
export class Checks<T, L> {
  /** Checks under way whose slot is expected to pass: they count as supply. */
  trusted = 0
  readonly #ledger: Ledger<T>
  readonly #idle: IdleList<T>
  readonly #port: ResourcePort<T, L>
  readonly #settings: CoreSettings
  readonly #endings: Endings<T, L>
  readonly #wallNow: () => number
  readonly #passed: (slot: Slot<T>) => void

  constructor(
    ledger: Ledger<T>,
    idle: IdleList<T>,
    port: ResourcePort<T, L>,
    settings: CoreSettings,
    endings: Endings<T, L>,
    wallNow: () => number,
    passed: (slot: Slot<T>) => void,
  ) {
    this.#ledger = ledger
    this.#idle = idle
    this.#port = port
    this.#settings = settings
    this.#endings = endings
    this.#wallNow = wallNow
    this.#passed = passed
  }

  /** @param slot an idle one @returns whether it is alive; it is back in service or closed by then */
  start(slot: Slot<T>): Promise<boolean> {
    const { clock, validateTimeoutMs } = this.#settings
    const startedAt = this.#wallNow()
    const { suspect } = slot
    this.#idle.remove(slot)
    this.#ledger.move(slot, State.checking)
    if (!suspect) this.trusted++
    return new Promise((resolve) => {
      const timeout = () => this.#port.errors.checkTimeout(slot, validateTimeoutMs)
      bounded(clock, slot, this.#port.check(slot.resource!), validateTimeoutMs, timeout, (outcome, error) => {
        if (!suspect) this.trusted--
        resolve(outcome === "done")
        if (outcome === "done") {
          slot.suspect = false
          slot.provenAt = this.#wallNow()
          this.#passed(slot)
        } else if (outcome === "failed") this.#failed(slot, error, startedAt)
      })
    })
  }

  #failed(slot: Slot<T>, error: unknown, startedAt: number): void {
    const neighbours = [...this.#idle].filter((each) => each.provenAt < startedAt)
    for (const each of neighbours) each.suspect = true
    this.#port.events.unfit(slot, error)
    this.#endings.destroy(slot, "error")
    // All at the same time: one after another would make a caller wait for each timeout in turn.
    for (const each of neighbours) if (each.state === State.idle) void this.start(each)
  }
}
