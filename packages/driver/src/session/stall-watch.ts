import { QueryTimeoutError } from "../calls/errors.ts"
import { timerDelay } from "../clock.ts"
import type { SessionState } from "./session-state.ts"

/** Fires when nothing has moved for `timeoutMs`: the time of the whole does not count. end() must follow. */
export class StallWatch {
  /** After end(): what moves later is of no interest. */
  isOver = false
  readonly #state: SessionState
  readonly #timeoutMs: number
  readonly #controller = new AbortController()
  #movedAt = 0
  #timer: unknown

  constructor(state: SessionState, timeoutMs: number) {
    this.#state = state
    this.#timeoutMs = timeoutMs
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Something moved, or is waited for from now on. Called for each row: the time is noted, and the timer left as it is. */
  moved(): void {
    if (this.#timeoutMs === Number.POSITIVE_INFINITY || this.isOver) return
    this.#movedAt = this.#state.settings.clock.now()
    if (this.#timer === undefined) this.#arm(this.#timeoutMs)
  }

  /** Nothing is waited for until the next moved(). */
  rest(): void {
    this.#state.settings.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  end(): void {
    this.isOver = true
    this.rest()
  }

  #arm(ms: number): void {
    const { clock } = this.#state.settings
    this.#timer = clock.setTimeout(() => {
      const leftMs = this.#timeoutMs - (clock.now() - this.#movedAt)
      if (leftMs > 0) this.#arm(leftMs)
      else this.#controller.abort(new QueryTimeoutError(this.#timeoutMs, this.#state.label, "copy"))
    }, timerDelay(ms))
  }
}
