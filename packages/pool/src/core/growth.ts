import type { TimerHandle } from "@pgsd/driver"
import { timerDelay } from "@pgsd/driver"
import type { PoolCore } from "./pool-core.ts"
import { State } from "./slot.ts"

/** Starts attempts where connections are missing: for callers, and up to `min`. */
export class Growth<T, L> {
  readonly #core: PoolCore<T, L>
  #timer: unknown = undefined

  constructor(core: PoolCore<T, L>) {
    this.#core = core
  }

  /** What is under way already is counted, so that surplus attempts are never started. */
  grow(): void {
    const { ledger, callers, policy, checks, state, parked, min, max, generation } = this.#core
    const room = max - ledger.total
    if (room <= 0) return
    const connecting = ledger.count(State.connecting)
    const supply = connecting + checks.trusted + ledger.count(State.resetting)
    const refill = state === "open" && !parked ? min - ledger.usable : 0
    const wanted = Math.min(Math.max(callers.size - supply, refill), room)
    if (wanted <= 0) return
    const now = this.#core.settings.clock.now()
    const starts = Math.min(wanted, policy.allowance(now) - connecting)
    if (starts > 0) for (let n = 0; n < starts; n++) this.#core.attempts.start(generation, false)
    else if (connecting === 0) this.#retryAfter(policy.retryAt - now)
  }

  /** The pause is over, or of no use any more. */
  rest(): void {
    this.#core.settings.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #retryAfter(delay: number): void {
    if (this.#timer === undefined)
      this.#timer = this.#core.settings.clock.setTimeout(() => {
        this.#timer = undefined
        this.#core.pump()
      }, timerDelay(delay))
    const handle = this.#timer as TimerHandle
    // It holds the process for callers, not to fill `min`.
    if (this.#core.callers.size > 0) handle.ref?.()
    else handle.unref?.()
  }
}
