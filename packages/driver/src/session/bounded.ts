import { QueryTimeoutError, type TimeoutOption } from "../calls/errors.ts"
import { type TimerHandle, timerDelay } from "../clock.ts"
import { AbortSource, onAbort } from "../on-abort.ts"
import type { CallSettings } from "./session-owner.ts"

/** The owner of the bounded statements. */
export interface BoundedSession {
  readonly settings: Pick<CallSettings, "label" | "clock" | "cancelTimeoutMs" | "queryTimeoutMs">
  giveUp(): void
}

/**
 * Runs `start` with a signal and within a limit: the caller's call rejects at once on abort or timeout, and a connection that does not
 * follow is destroyed.
 *
 * @param timeoutMs the call's own; undefined: the session's queryTimeoutMs
 * @param option where the limit comes from
 */
export function bounded<T>(
  start: (cancel: AbortSignal) => Promise<T>,
  signals: readonly (AbortSignal | undefined)[],
  timeoutMs: number | undefined,
  session: BoundedSession,
  option: TimeoutOption = optionOf(timeoutMs),
): Promise<T> {
  const fired = signals.find((each) => each?.aborted)
  if (fired !== undefined) return Promise.reject(fired.reason)
  const { clock, label, cancelTimeoutMs, queryTimeoutMs } = session.settings
  const limitMs = timeoutMs ?? queryTimeoutMs
  return new Promise((resolve, reject) => {
    const cancel = new AbortSource()
    let timer: unknown
    let over = false
    const disarm = () => {
      clock.clearTimeout(timer)
      for (const unlisten of unlisteners) unlisten()
    }
    const stop = (reason: unknown) => {
      if (over) return
      disarm()
      reject(reason)
      timer = clock.setTimeout(() => session.giveUp(), timerDelay(cancelTimeoutMs))
      ;(timer as TimerHandle).unref?.()
      cancel.abort(reason)
    }
    const unlisteners = signals.map((signal) => (signal === undefined ? () => {} : onAbort(signal, () => stop(signal.reason))))
    if (limitMs !== Number.POSITIVE_INFINITY)
      timer = clock.setTimeout(() => stop(new QueryTimeoutError(limitMs, label, "query", option)), timerDelay(limitMs))
    const settle = (act: () => void) => {
      over = true
      disarm()
      act()
    }
    start(cancel.signal).then(
      (result) => settle(() => resolve(result)),
      (error: unknown) => settle(() => reject(error)),
    )
  })
}

/** The option that limits a call: its own, or else the session's. */
export function optionOf(timeoutMs: number | undefined): TimeoutOption {
  return timeoutMs === undefined ? "queryTimeoutMs" : "timeoutMs"
}
