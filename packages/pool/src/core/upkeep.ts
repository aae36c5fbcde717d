import type { TimerHandle } from "@pgsd/driver"
import { timerDelay } from "@pgsd/driver"
import type { PoolCore } from "./pool-core.ts"
import type { Slot } from "./slot.ts"

const SHORTEST_MS = 10

/** One timer, which never keeps the process alive, for what time does to connections: idle too long, too old, due for a check. */
export class Upkeep<T, L> {
  readonly #core: PoolCore<T, L>
  readonly #intervalMs: number
  #timer: unknown = undefined
  #checkedAt: number

  constructor(core: PoolCore<T, L>) {
    this.#core = core
    const { idleTimeoutMs, maxLifetimeMs, maxLifetimeJitter, healthCheckIntervalMs } = core.settings
    const never = Number.POSITIVE_INFINITY
    // A quarter: nothing is late by more than that, and lifetimes stay as spread as they were drawn. An idle timeout of 0 needs no timer.
    const spread = maxLifetimeJitter === 0 ? never : maxLifetimeMs * maxLifetimeJitter
    const shortest = Math.min(idleTimeoutMs === 0 ? never : idleTimeoutMs, maxLifetimeMs, spread, healthCheckIntervalMs)
    this.#intervalMs = Math.max(shortest / 4, SHORTEST_MS)
    this.#checkedAt = core.wallNow()
  }

  /** Called when a connection was opened; the timer ends by itself with the last one. */
  start(): void {
    if (this.#timer !== undefined || this.#intervalMs === Number.POSITIVE_INFINITY) return
    const { clock } = this.#core.settings
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined
      this.#tick()
      if (this.#core.ledger.total > 0) this.start()
    }, timerDelay(this.#intervalMs))
    ;(this.#timer as TimerHandle).unref?.()
  }

  stop(): void {
    this.#core.settings.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Retires what is expired or idle too long. @returns how many */
  sweep(): Promise<void>[] {
    const { idle, ledger, endings, settings } = this.#core
    const now = this.#core.wallNow()
    const retired: Promise<void>[] = []
    for (const slot of idle) {
      if (now >= slot.expiresAt) retired.push(endings.retire(slot, "lifetime"))
      else if (now - slot.usedAt >= settings.idleTimeoutMs && ledger.usable > this.#core.min) retired.push(endings.retire(slot, "idle"))
    }
    return retired
  }

  /** Asks the idle connections that were not heard of lately. */
  checkIdle(olderThanMs: number): Promise<boolean>[] {
    const now = this.#core.wallNow()
    const due: Slot<T>[] = []
    for (const slot of this.#core.idle) if (isPast(slot.provenAt, olderThanMs, now)) due.push(slot)
    this.#checkedAt = now
    return due.map((slot) => this.#core.checks.start(slot))
  }

  #tick(): void {
    this.sweep()
    const { healthCheckIntervalMs, validateAfterMs } = this.#core.settings
    if (isPast(this.#checkedAt, healthCheckIntervalMs, this.#core.wallNow())) this.checkIdle(validateAfterMs)
    this.#core.pump()
  }
}

/** A wall clock that was set back says nothing about an age: nobody waits until it has caught up. */
function isPast(since: number, ms: number, now: number): boolean {
  return now < since || now - since >= ms
}
