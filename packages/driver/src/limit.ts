import { type Clock, LONGEST_TIMER_MS, systemClock } from "./clock.ts"
import { AbortSource, follow } from "./on-abort.ts"

/** A signal that follows `outer` and fires after `timeoutMs` with `reason()`; `end()` removes timer and listener. */
export interface Limit {
  readonly signal: AbortSignal | undefined
  end(): void
}

const NONE = () => {}

/** Cheap without a limit: the outer signal itself is passed on. */
export function limit(outer: AbortSignal | undefined, timeoutMs: number, reason: () => unknown, clock: Clock = systemClock): Limit {
  if (timeoutMs > LONGEST_TIMER_MS) return { signal: outer, end: NONE }
  const controller = new AbortSource()
  const unfollow = follow(outer, controller)
  const timer = clock.setTimeout(() => controller.abort(reason()), timeoutMs)
  return {
    signal: controller.signal,
    end() {
      clock.clearTimeout(timer)
      unfollow()
    },
  }
}
