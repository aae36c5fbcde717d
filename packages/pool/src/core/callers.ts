import { type Clock, onAbort } from "@pgsd/driver"
import { Deadlines } from "./deadlines.ts"
import { type Waiter, WaitQueue } from "./wait-queue.ts"

/** The waiting callers: in order, each with its deadline and its signal. Each is settled exactly once. */
export class Callers<L> {
  readonly #queue = new WaitQueue<L>()
  readonly #deadlines: Deadlines<L>
  readonly #gaveUp: (waiter: Waiter<L>, expired: boolean) => void

  /** @param gaveUp must reject the waiter */
  constructor(clock: Clock, gaveUp: (waiter: Waiter<L>, expired: boolean) => void) {
    this.#gaveUp = gaveUp
    this.#deadlines = new Deadlines(clock, (waiter) => gaveUp(waiter, true))
  }

  get size(): number {
    return this.#queue.size
  }

  get first(): Waiter<L> | undefined {
    return this.#queue.first
  }

  get last(): Waiter<L> | undefined {
    return this.#queue.last
  }

  add(waiter: Waiter<L>): void {
    this.#queue.push(waiter)
    this.#deadlines.add(waiter)
    if (waiter.signal !== undefined) waiter.unlisten = onAbort(waiter.signal, () => this.#gaveUp(waiter, false))
  }

  /** Removes the head of the queue, which must be resolved at once. */
  take(): Waiter<L> {
    const waiter = this.#queue.first!
    this.#leave(waiter)
    return waiter
  }

  refuse(waiter: Waiter<L>, error: unknown): void {
    this.#leave(waiter)
    waiter.reject(error)
  }

  refuseAll(error: unknown): void {
    for (let waiter = this.#queue.first; waiter !== undefined; waiter = this.#queue.first) this.refuse(waiter, error)
  }

  #leave(waiter: Waiter<L>): void {
    this.#queue.remove(waiter)
    this.#deadlines.remove(waiter)
    waiter.unlisten?.()
  }
}
