import { QueryTimeoutError } from "../calls/errors.ts"
import { WorkLimit } from "../calls/work-limit.ts"
import type { Limits } from "./session-owner.ts"
import type { SessionState } from "./session-state.ts"

/** The limit of a call on a session. @param what named in the timeout's error */
export function limitOf(state: SessionState, { signal, timeoutMs = Number.POSITIVE_INFINITY }: Limits, what?: "transaction"): WorkLimit {
  return new WorkLimit(signal, timeoutMs, state.settings.clock, () => new QueryTimeoutError(timeoutMs, state.label, what))
}

/** The limit of the wait before a call sends anything. */
export async function awaitWithin<T>(state: SessionState, limits: Limits, work: Promise<T>): Promise<T> {
  const limit = limitOf(state, limits)
  try {
    return await limit.race(work)
  } finally {
    limit.end()
  }
}
