import { LONGEST_TIMER_MS } from "@pgsd/driver"

/** Time under the control of a test. Satisfies every injectable clock of these packages. */
export interface ManualClock {
  /** Monotonic, in ms. */
  now(): number
  /** The Date.now(), in ms: the same as now() until the first jump(). */
  wallNow(): number
  /** As Node's: a delay below 1 ms is 1 ms. @throws RangeError above 2^31 − 1 ms, where Node's would fire at once. */
  setTimeout(callback: () => void, ms: number): ManualTimer
  /** Takes what setTimeout() returned; anything else is ignored, as Node does. */
  clearTimeout(handle: unknown): void
  /** Lets `ms` pass: due timers fire in order of time, then of creation, and everything they wake runs before the next one fires. */
  advance(ms: number): Promise<void>
  /** The machine sleeps for `ms`: wall time passes, monotonic time does not, and no timer fires. */
  jump(ms: number): void
  /** Timers that have neither fired nor been cleared. */
  readonly pending: number
}

/** A timer of a {@link ManualClock}; ref() and unref() are remembered, so that a test can ask who holds the process. */
export interface ManualTimer {
  ref(): this
  unref(): this
  hasRef(): boolean
}

// Taken at load time: a test runner may replace the global one by a fake.
const nextTurn = setImmediate

/** A clock that stands at `startMs` (monotonic and wall time alike). */
export function manualClock(startMs = 0): ManualClock {
  return new Clock(startMs)
}

class Timer implements ManualTimer {
  readonly due: number
  readonly callback: () => void
  #ref = true

  constructor(due: number, callback: () => void) {
    this.due = due
    this.callback = callback
  }

  ref(): this {
    this.#ref = true
    return this
  }

  unref(): this {
    this.#ref = false
    return this
  }

  hasRef(): boolean {
    return this.#ref
  }
}

class Clock implements ManualClock {
  readonly #timers = new Set<Timer>()
  #now: number
  #slept = 0

  constructor(startMs: number) {
    this.#now = startMs
  }

  get pending(): number {
    return this.#timers.size
  }

  now(): number {
    return this.#now
  }

  wallNow(): number {
    return this.#now + this.#slept
  }

  setTimeout(callback: () => void, ms: number): ManualTimer {
    if (ms > LONGEST_TIMER_MS)
      throw new RangeError(`setTimeout takes at most ${LONGEST_TIMER_MS} ms: Node would fire a timer of ${ms} ms at once`)
    const timer = new Timer(this.#now + Math.max(ms || 1, 1), callback)
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as Timer)
  }

  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`time advances by a finite number of ms from 0 up, not by ${ms}`)
    const end = this.#now + ms
    await settled()
    for (let timer = this.#earliest(end); timer !== undefined; timer = this.#earliest(end)) {
      this.#now = Math.max(this.#now, timer.due)
      this.#timers.delete(timer)
      timer.callback()
      await settled()
    }
    this.#now = Math.max(this.#now, end)
  }

  jump(ms: number): void {
    if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`a machine sleeps for a finite number of ms from 0 up, not for ${ms}`)
    this.#slept += ms
  }

  // A Set keeps the order of creation, so the first of equal ones is the older.
  #earliest(end: number): Timer | undefined {
    let earliest: Timer | undefined
    for (const timer of this.#timers) if (timer.due <= end && timer.due < (earliest?.due ?? Number.POSITIVE_INFINITY)) earliest = timer
    return earliest
  }
}

// One turn of the event loop: every promise that can settle has settled when it is over.
function settled(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve))
}
