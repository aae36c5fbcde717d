import { QueryTimeoutError } from "../calls/errors.ts"
import { WorkLimit } from "../calls/work-limit.ts"
import { optionOf } from "./bounded.ts"
import type { Scope } from "./scope.ts"
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

/**
 * Before an admitted call in `scope` is sent: undefined if no statement in flight may end the transaction, else what to wait for, which
 * rejects if one has. Not async: without one, the call is sent in this turn.
 */
export function barrierOf(state: SessionState, scope: Scope, limits: Limits): Promise<void> | undefined {
  state.settleNative(scope)
  return scope.barrier === undefined ? undefined : awaitBarrier(state, scope, scope.barrier, limits)
}

async function awaitBarrier(state: SessionState, scope: Scope, barrier: Promise<unknown>, limits: Limits): Promise<void> {
  await awaitWithin(state, limits, barrier)
  if (scope.endedByHand !== undefined) throw scope.ended
  // Meanwhile native may have been given more.
  await barrierOf(state, scope, limits)
}
