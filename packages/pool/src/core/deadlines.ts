import type { Clock } from "@pgsd/driver"
import { timerDelay } from "@pgsd/driver"
import type { Waiter } from "./wait-queue.ts"

/** Callers with the same timeout, in the order of their deadlines, with one timer for all. */
interface Group<L> {
  earliest: Waiter<L> | undefined
  latest: Waiter<L> | undefined
  timer: unknown
}

/** Number of callers rejected per turn of the event loop: each error takes a few µs, and other work must not be delayed. */
const PER_TURN = 250

/** The queue's deadlines: one timer per distinct timeout, for any number of callers. */
export class Deadlines<L> {
  readonly #groups = new Map<number, Group<L>>()
  readonly #clock: Clock
  readonly #expired: (waiter: Waiter<L>) => void

  constructor(clock: Clock, expired: (waiter: Waiter<L>) => void) {
    this.#clock = clock
    this.#expired = expired
  }

  add(waiter: Waiter<L>): void {
    const { timeoutMs } = waiter
    if (timeoutMs === Number.POSITIVE_INFINITY) return
    const group = this.#groups.get(timeoutMs)
    if (group === undefined) {
      const first: Group<L> = { earliest: waiter, latest: waiter, timer: undefined }
      this.#groups.set(timeoutMs, first)
      this.#arm(timeoutMs, first, timeoutMs)
      return
    }
    waiter.earlier = group.latest
    group.latest!.later = waiter
    group.latest = waiter
  }

  remove(waiter: Waiter<L>): void {
    const group = this.#groups.get(waiter.timeoutMs)
    if (group === undefined) return
    const { earlier, later } = waiter
    if (earlier === undefined) group.earliest = later
    else earlier.later = later
    if (later === undefined) group.latest = earlier
    else later.earlier = earlier
    waiter.earlier = undefined
    waiter.later = undefined
    if (group.earliest !== undefined) return
    this.#groups.delete(waiter.timeoutMs)
    this.#clock.clearTimeout(group.timer)
  }

  #arm(timeoutMs: number, group: Group<L>, delay: number): void {
    group.timer = this.#clock.setTimeout(() => this.#fire(timeoutMs, group), timerDelay(delay))
  }

  #fire(timeoutMs: number, group: Group<L>): void {
    // Timers count in whole milliseconds and may fire up to one early.
    const now = this.#clock.now() + 1
    for (let told = 0; ; told++) {
      const waiter = group.earliest
      if (waiter === undefined) return
      const remaining = waiter.since + timeoutMs - now
      if (remaining > 0) return void this.#arm(timeoutMs, group, remaining)
      if (told === PER_TURN) return void this.#soon(timeoutMs, group)
      this.#expired(waiter)
    }
  }

  #soon(timeoutMs: number, group: Group<L>): void {
    // Not a timer of 0, which Node would run in the same turn.
    if (this.#clock.setImmediate === undefined) this.#arm(timeoutMs, group, 0)
    else this.#clock.setImmediate(() => this.#fire(timeoutMs, group))
  }
}
