import type { TimerHandle } from "@pgsd/driver"
import { timerDelay } from "@pgsd/driver"
import type { Checks } from "./checks.ts"
import type { Endings } from "./endings.ts"
import type { Parts } from "./parts.ts"
import type { Slot } from "./slot.ts"

const SHORTEST_MS = 10

/** One timer, which never keeps the process alive, for connections that are idle too long, too old, or due for a check. */
export class Upkeep<T, L> {
  readonly #parts: Parts<T, L>
  readonly #endings: Endings<T, L>
  readonly #checks: Checks<T, L>
  readonly #pump: () => void
  readonly #intervalMs: number
  #timer: unknown = undefined
  #checkedAt: number

  /** @param pump called at each run */
  constructor(parts: Parts<T, L>, endings: Endings<T, L>, checks: Checks<T, L>, pump: () => void) {
    this.#parts = parts
    this.#endings = endings
    this.#checks = checks
    this.#pump = pump
    const { idleTimeoutMs, maxLifetimeMs, maxLifetimeJitter, healthCheckIntervalMs } = parts.settings
    const never = Number.POSITIVE_INFINITY
    // A quarter: nothing is later than that, and lifetimes keep their spread. An idle timeout of 0 needs no timer.
    const spread = maxLifetimeJitter === 0 ? never : maxLifetimeMs * maxLifetimeJitter
    const shortest = Math.min(idleTimeoutMs === 0 ? never : idleTimeoutMs, maxLifetimeMs, spread, healthCheckIntervalMs)
    this.#intervalMs = Math.max(shortest / 4, SHORTEST_MS)
    this.#checkedAt = parts.wallNow()
  }

  /** Called when a connection was opened; the timer stops with the last one. */
  start(): void {
    if (this.#timer !== undefined || this.#intervalMs === Number.POSITIVE_INFINITY) return
    const { clock } = this.#parts.settings
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined
      this.#tick()
      if (this.#parts.ledger.total > 0) this.start()
    }, timerDelay(this.#intervalMs))
    ;(this.#timer as TimerHandle).unref?.()
  }

  stop(): void {
    this.#parts.settings.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Retires slots that are expired or idle too long. @returns when each has closed */
  sweep(): Promise<void>[] {
    const { idle, ledger, settings, mode, wallNow } = this.#parts
    const now = wallNow()
    const retired: Promise<void>[] = []
    for (const slot of idle) {
      if (now >= slot.expiresAt) retired.push(this.#endings.retire(slot, "lifetime"))
      else if (now - slot.usedAt >= settings.idleTimeoutMs && ledger.usable > mode.min) retired.push(this.#endings.retire(slot, "idle"))
    }
    return retired
  }

  /** Checks idle connections without recent activity. */
  checkIdle(olderThanMs: number): Promise<boolean>[] {
    const now = this.#parts.wallNow()
    const due: Slot<T>[] = []
    for (const slot of this.#parts.idle) if (isPast(slot.provenAt, olderThanMs, now)) due.push(slot)
    this.#checkedAt = now
    return due.map((slot) => this.#checks.start(slot))
  }

  #tick(): void {
    this.sweep()
    const { healthCheckIntervalMs, validateAfterMs } = this.#parts.settings
    if (isPast(this.#checkedAt, healthCheckIntervalMs, this.#parts.wallNow())) this.checkIdle(validateAfterMs)
    this.#pump()
  }
}

/** A wall clock that was set back says nothing about an age: nothing waits until it has caught up. */
function isPast(since: number, ms: number, now: number): boolean {
  return now < since || now - since >= ms
}
