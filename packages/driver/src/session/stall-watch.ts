import { QueryTimeoutError, type TimeoutOption } from "../calls/errors.ts"
import { timerDelay } from "../clock.ts"
import { optionOf } from "./bounded.ts"
import type { SessionState } from "./session-state.ts"

/** Fires after `timeoutMs` without progress; the total time does not count. Must be ended with end(). */
export class StallWatch {
  /** After end(), progress is irrelevant. */
  isOver = false
  readonly #state: SessionState
  readonly #timeoutMs: number
  readonly #option: TimeoutOption
  readonly #controller = new AbortController()
  #movedAt = 0
  #timer: unknown

  /** @param timeoutMs the call's own; undefined: the session's queryTimeoutMs */
  constructor(state: SessionState, timeoutMs: number | undefined) {
    this.#state = state
    this.#timeoutMs = timeoutMs ?? state.settings.queryTimeoutMs
    this.#option = optionOf(timeoutMs)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Progress was made, or is expected from now on. Called for each row: only the time is recorded, the timer keeps running. */
  moved(): void {
    if (this.#timeoutMs === Number.POSITIVE_INFINITY || this.isOver) return
    this.#movedAt = this.#state.settings.clock.now()
    if (this.#timer === undefined) this.#arm(this.#timeoutMs)
  }

  /** No progress is expected until the next moved(). */
  rest(): void {
    this.#state.settings.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Whether the COPY waits for its caller: for a part of the source, or for the consumer of the output. */
  awaitsCaller(waits: boolean): void {
    if (!this.isOver) this.#state.awaitsCaller = waits
  }

  end(): void {
    this.awaitsCaller(false)
    this.isOver = true
    this.rest()
  }

  #arm(ms: number): void {
    const { clock } = this.#state.settings
    this.#timer = clock.setTimeout(() => {
      const leftMs = this.#timeoutMs - (clock.now() - this.#movedAt)
      if (leftMs > 0) this.#arm(leftMs)
      else this.#controller.abort(new QueryTimeoutError(this.#timeoutMs, this.#state.label, "copy", this.#option))
    }, timerDelay(ms))
  }
}
