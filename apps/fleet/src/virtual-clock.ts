import type { Clock } from "@pgsd/driver"

interface Timer {
  readonly due: number
  /** Timers due at the same time fire in the order of their creation. */
  readonly order: number
  callback: (() => void) | undefined
}

/** A manual clock for tens of thousands of timers: a heap, and one turn of the event loop for everything due at the same time. */
export class VirtualClock implements Clock {
  #now = 0
  #made = 0
  readonly #heap: Timer[] = []

  now(): number {
    return this.#now
  }

  wallNow(): number {
    return this.#now
  }

  /** In whole milliseconds, like Node's; 0 fires later in the same one. */
  setTimeout(callback: () => void, ms: number): unknown {
    const timer: Timer = { due: this.#now + Math.max(0, Math.ceil(ms)), order: this.#made++, callback }
    this.#push(timer)
    return timer
  }

  clearTimeout(handle: unknown): void {
    if (handle !== undefined) (handle as Timer).callback = undefined
  }

  setImmediate(callback: () => void): void {
    this.setTimeout(callback, 0)
  }

  /** Advances to `end`, in ms; everything that a timer triggers runs before a later one fires. */
  async runUntil(end: number): Promise<void> {
    await turn()
    for (let next = this.#heap[0]; next !== undefined && next.due <= end; next = this.#heap[0]) {
      this.#now = next.due
      while (this.#heap[0] !== undefined && this.#heap[0].due <= this.#now) this.#pop().callback?.()
      await turn()
    }
    this.#now = end
  }

  #push(timer: Timer): void {
    const heap = this.#heap
    let at = heap.push(timer) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(timer, heap[above]!)) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = timer
  }

  #pop(): Timer {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++
      if (!isBefore(heap[below]!, last)) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = last
    return first
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order)
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
