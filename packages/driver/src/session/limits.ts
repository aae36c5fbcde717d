import { QueryTimeoutError } from "../calls/errors.ts"
import { WorkLimit } from "../calls/work-limit.ts"
import { optionOf } from "./bounded.ts"
import type { Limits } from "./session-owner.ts"
import type { SessionState } from "./session-state.ts"

/** The limit of a query on a session; without a timeoutMs of its own the session's queryTimeoutMs. */
export function limitOf(state: SessionState, { signal, timeoutMs }: Limits): WorkLimit {
  const { clock, queryTimeoutMs } = state.settings
  const limitMs = timeoutMs ?? queryTimeoutMs
  return new WorkLimit(signal, limitMs, clock, () => new QueryTimeoutError(limitMs, state.label, "query", optionOf(timeoutMs)))
}

/** The limit of a transaction, which has none but its own. */
export function transactionLimit(state: SessionState, { signal, timeoutMs = Number.POSITIVE_INFINITY }: Limits): WorkLimit {
  return new WorkLimit(signal, timeoutMs, state.settings.clock, () => new QueryTimeoutError(timeoutMs, state.label, "transaction"))
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
