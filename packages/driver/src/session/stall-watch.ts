import { timerDelay } from "../clock.ts"
import { QueryTimeoutError } from "./errors.ts"
import type { SessionState } from "./session-state.ts"

/** Fires when nothing has moved for `timeoutMs`: the time of the whole does not count. end() must follow. */
export class StallWatch {
  readonly #state: SessionState
  readonly #timeoutMs: number
  readonly #controller = new AbortController()
  #timer: unknown

  constructor(state: SessionState, timeoutMs: number) {
    this.#state = state
    this.#timeoutMs = timeoutMs
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Something moved, or is waited for from now on. */
  begin(): void {
    if (this.#timeoutMs === Number.POSITIVE_INFINITY) return
    const { clock } = this.#state.settings
    clock.clearTimeout(this.#timer)
    const stalled = () => this.#controller.abort(new QueryTimeoutError(this.#timeoutMs, this.#state.label, "copy"))
    this.#timer = clock.setTimeout(stalled, timerDelay(this.#timeoutMs))
  }

  /** Nothing is waited for. */
  end(): void {
    this.#state.settings.clock.clearTimeout(this.#timer)
  }
}
