import type { TimerHandle } from "@pgsd/driver"
import { timerDelay } from "@pgsd/driver"
import type { Attempts } from "./attempts.ts"
import type { Checks } from "./checks.ts"
import type { Parts } from "./parts.ts"
import { State } from "./slot.ts"

/** Starts attempts where connections are missing: for callers, and up to `min`. */
export class Growth<T, L> {
  readonly #parts: Parts<T, L>
  readonly #attempts: Attempts<T, L>
  readonly #checks: Checks<T, L>
  readonly #pump: () => void
  #timer: unknown = undefined

  /** @param pump called when a pause between attempts has ended */
  constructor(parts: Parts<T, L>, attempts: Attempts<T, L>, checks: Checks<T, L>, pump: () => void) {
    this.#parts = parts
    this.#attempts = attempts
    this.#checks = checks
    this.#pump = pump
  }

  /** Counts attempts in progress, so that no surplus attempt is started. */
  grow(): void {
    const { ledger, callers, policy, settings } = this.#parts
    const { state, parked, min, max } = this.#parts.mode
    const room = max - ledger.total
    if (room <= 0) return
    const connecting = ledger.count(State.connecting)
    const supply = connecting + this.#checks.trusted + ledger.count(State.resetting)
    const refill = state === "open" && !parked ? min - ledger.usable : 0
    const wanted = Math.min(Math.max(callers.size - supply, refill), room)
    if (wanted <= 0) return
    const now = settings.clock.now()
    const starts = Math.min(wanted, policy.allowance(now) - connecting)
    if (starts > 0) for (let n = 0; n < starts; n++) this.#attempts.start(false)
    else if (connecting === 0) this.#retryAfter(policy.retryAt - now)
  }

  /** The pause has ended, or is no longer needed. */
  rest(): void {
    this.#parts.settings.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #retryAfter(delay: number): void {
    if (this.#timer === undefined)
      this.#timer = this.#parts.settings.clock.setTimeout(() => {
        this.#timer = undefined
        this.#pump()
      }, timerDelay(delay))
    const handle = this.#timer as TimerHandle
    // Keeps the process alive for callers, but not for filling `min`.
    if (this.#parts.callers.size > 0) handle.ref?.()
    else handle.unref?.()
  }
}
