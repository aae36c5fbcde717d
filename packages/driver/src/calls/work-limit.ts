import { abortable } from "../abortable.ts"
import type { Clock } from "../clock.ts"
import { type Limit, limit } from "../limit.ts"
import { onAbort } from "../on-abort.ts"

/** The `signal` and `timeoutMs` of one call: awaiting through it rejects at once when either fires. Must be ended with end(). */
export class WorkLimit {
  readonly #limit: Limit

  constructor(outer: AbortSignal | undefined, timeoutMs: number, clock: Clock, timedOut: () => unknown) {
    this.#limit = limit(outer, timeoutMs, timedOut, clock)
  }

  /** Undefined without a limit. */
  get signal(): AbortSignal | undefined {
    return this.#limit.signal
  }

  throwIfAborted(): void {
    this.#limit.signal?.throwIfAborted()
  }

  /** Calls `listener` when the limit is reached, immediately if it already was; returns a function that removes the listener. */
  follow(listener: (reason: unknown) => void): () => void {
    const { signal } = this.#limit
    if (signal === undefined) return () => {}
    if (!signal.aborted) return onAbort(signal, () => listener(signal.reason))
    listener(signal.reason)
    return () => {}
  }

  /** `work`, or the reason of the limit; a later failure of `work` is handled. */
  race<T>(work: T | Promise<T>): Promise<T> {
    const { signal } = this.#limit
    return signal === undefined ? Promise.resolve(work) : abortable(Promise.resolve(work), signal)
  }

  /** Removes the listener and the timer. */
  end(): void {
    this.#limit.end()
  }
}
