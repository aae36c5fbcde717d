import { type Clock, type TimerHandle, timerDelay } from "@pgsd/driver"

/** Says when nothing was heard for too long. Its timer never keeps the process alive. */
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

  /** A sign of life. */
  heard(): void {
    this.#heardAt = this.#clock.now()
  }

  /** Begins, or goes on with another pace. `Infinity` never says anything. */
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

  // One timer for many notifications: it looks when the last of them came.
  #arm(): void {
    const remainingMs = this.#heardAt + this.#everyMs - this.#clock.now()
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined
      // A timer counts in whole milliseconds and may be up to one early.
      if (this.#heardAt + this.#everyMs - this.#clock.now() > 1) this.#arm()
      else this.#silent()
    }, timerDelay(remainingMs))
    ;(this.#timer as TimerHandle).unref?.()
  }
}
