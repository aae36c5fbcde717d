import { LONGEST_TIMER_MS } from "@pgsd/driver"

/** A clock controlled by the test. Satisfies every injectable clock of these packages. */
export interface ManualClock {
  /** Monotonic, in ms. */
  now(): number
  /** The equivalent of Date.now(), in ms: equal to now() until the first jump(). */
  wallNow(): number
  /** As in Node, a delay below 1 ms is 1 ms. @throws RangeError above 2^31 − 1 ms, where Node would fire at once */
  setTimeout(callback: () => void, ms: number): ManualTimer
  /** Takes the result of setTimeout(); anything else is ignored, as in Node. */
  clearTimeout(handle: unknown): void
  /** Advances by `ms`: due timers fire in order of time, then of creation, and everything they wake runs before the next one fires. */
  advance(ms: number): Promise<void>
  /** Simulates the machine sleeping for `ms`: wall time advances, monotonic time does not, and no timer fires. */
  jump(ms: number): void
  /** Time passes after this has settled: code that is loaded, for example, takes real time. */
  holdFor(work: Promise<unknown>): void
  /** Timers that have neither fired nor been cleared. */
  readonly pending: number
}

/** A timer of a {@link ManualClock}. It remembers ref() and unref(), so that a test can see what keeps the process alive. */
export interface ManualTimer {
  ref(): this
  unref(): this
  hasRef(): boolean
}

// Taken at load time: a test runner may replace the global one by a fake.
const nextTurn = setImmediate

/** Creates a clock at `startMs` (both monotonic and wall time). */
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
  readonly #held = new Set<Promise<unknown>>()
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
    await this.#settled()
    for (let timer = this.#earliest(end); timer !== undefined; timer = this.#earliest(end)) {
      this.#now = Math.max(this.#now, timer.due)
      this.#timers.delete(timer)
      timer.callback()
      await this.#settled()
    }
    this.#now = Math.max(this.#now, end)
  }

  jump(ms: number): void {
    if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`a machine sleeps for a finite number of ms from 0 up, not for ${ms}`)
    this.#slept += ms
  }

  holdFor(work: Promise<unknown>): void {
    const held = work.then(ignore, ignore).then(() => void this.#held.delete(held))
    this.#held.add(held)
  }

  async #settled(): Promise<void> {
    await settled()
    while (this.#held.size > 0) {
      await Promise.all(this.#held)
      await settled()
    }
  }

  // A Set keeps the order of creation, so the first of several equal ones is the oldest.
  #earliest(end: number): Timer | undefined {
    let earliest: Timer | undefined
    for (const timer of this.#timers) if (timer.due <= end && timer.due < (earliest?.due ?? Number.POSITIVE_INFINITY)) earliest = timer
    return earliest
  }
}

function ignore(): void {}

// One turn of the event loop, after which every promise that can settle has settled.
function settled(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve))
}
