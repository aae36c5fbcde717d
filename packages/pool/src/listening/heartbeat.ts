import { type Clock, type TimerHandle, timerDelay } from "@pgsd/driver"

/** Calls back when nothing was received for too long. Its timer never keeps the process alive. */
export class Heartbeat {
  readonly #clock: Clock
  readonly #silent: () => void
  #everyMs = Number.POSITIVE_INFINITY
  #heardAt = 0
  #timer: unknown = undefined

  constructor(clock: Clock, silent: () => void) {
    this.#clock = clock
    this.#silent = silent
  }

  /** Something was received. */
  heard(): void {
    this.#heardAt = this.#clock.now()
  }

  /** Starts, or continues with another interval. `Infinity` never calls back. */
  start(everyMs: number): void {
    if (this.#timer !== undefined && everyMs === this.#everyMs) return
    this.stop()
    this.#everyMs = everyMs
    if (everyMs !== Number.POSITIVE_INFINITY) this.#arm()
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  // One timer for many notifications: it checks when the last of them arrived.
  #arm(): void {
    const remainingMs = this.#heardAt + this.#everyMs - this.#clock.now()
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined
      // Timers count in whole milliseconds and may fire up to one early.
      if (this.#heardAt + this.#everyMs - this.#clock.now() > 1) this.#arm()
      else this.#silent()
    }, timerDelay(remainingMs))
    ;(this.#timer as TimerHandle).unref?.()
  }
}
