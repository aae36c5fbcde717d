import type { Clock, TimerHandle } from "@pgsd/driver"
import { timerDelay } from "@pgsd/driver"
import type { ConnectionPool } from "./connection-pool.ts"
import { channels, eventOf, type PoolLeakEvent } from "./diagnostics.ts"
import type { PoolLease } from "./lease.ts"

/** Publishes each lease that is held for longer than the threshold, once, with the stack of its acquire(). */
export class LeakWatch {
  readonly #timers = new Map<PoolLease, unknown>()
  readonly #pool: ConnectionPool
  readonly #clock: Clock
  readonly #thresholdMs: number

  constructor(pool: ConnectionPool, clock: Clock, thresholdMs: number) {
    this.#pool = pool
    this.#clock = clock
    this.#thresholdMs = thresholdMs
  }

  get on(): boolean {
    return this.#thresholdMs !== Number.POSITIVE_INFINITY
  }

  /** The borrower's stack. @param below the function whose caller comes first */
  stack(below: (...args: never[]) => unknown): string | undefined {
    if (!this.on) return undefined
    const place: { stack?: string } = {}
    Error.captureStackTrace(place, below)
    return place.stack?.slice(place.stack.indexOf("\n") + 1)
  }

  taken(lease: PoolLease): void {
    const since = this.#clock.now()
    const timer = this.#clock.setTimeout(() => {
      this.#timers.delete(lease)
      const { processId } = lease.info
      const heldMs = this.#clock.now() - since
      channels.leak.publish(eventOf<PoolLeakEvent>(this.#pool, { processId, heldMs, stack: lease.stack ?? "" }))
    }, timerDelay(this.#thresholdMs))
    ;(timer as TimerHandle).unref?.()
    this.#timers.set(lease, timer)
  }

  returned(lease: PoolLease): void {
    this.#clock.clearTimeout(this.#timers.get(lease))
    this.#timers.delete(lease)
  }

  /** The pool is closed: leases that are still held no longer have a connection. */
  stop(): void {
    for (const timer of this.#timers.values()) this.#clock.clearTimeout(timer)
    this.#timers.clear()
  }
}
