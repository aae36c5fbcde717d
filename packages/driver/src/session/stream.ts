import { QueryTimeoutError, rolledBack, transactionEnded } from "../calls/errors.ts"
import type { StreamOptions } from "../calls/queryable.ts"
import { type PlainStatement, refuseTransactionControl } from "../calls/statement.ts"
import { isFatal } from "../classify.ts"
import { onAbort } from "../on-abort.ts"
import { bareText } from "../statement-text.ts"
import { statementKind } from "./limited-query.ts"
import { awaitWithin, barrierOf } from "./limits.ts"
import { Portal } from "./portal.ts"
import { cancellableCommit, commit, commitTimeoutOf, type Timeout, unknownOutcome } from "./run-transaction.ts"
import type { Scope } from "./scope.ts"
import type { Limits } from "./session-owner.ts"
import type { SessionState } from "./session-state.ts"
import { type UseState, undo } from "./undo.ts"

const DEFAULT_BATCH_SIZE = 1000

/** Yields rows one by one; the next batch is fetched once the last row of the current one was taken. The options are validated. */
export async function* rowsOf<R>(
  use: UseState,
  scope: Scope | undefined,
  statement: PlainStatement,
  options: StreamOptions,
): AsyncGenerator<R, undefined> {
  const { batchSize = DEFAULT_BATCH_SIZE, signal, timeoutMs } = options
  refuseTransactionControl(statement.sql, "stream")
  const state = use()
  const own = await ownScope(use, scope, { signal, timeoutMs })
  const portal = new Portal<R>(use, own ?? scope, statement, options, { signal, timeoutMs })
  let end: End = "left"
  let failure: unknown
  let left: Promise<void> | undefined
  const leaveOnce = (how: End, error: unknown) => {
    portal.settled(error)
    left ??= leave(state, use, own, portal, how, error)
    return left
  }
  // Closed at once: the consumer may be working, and not return.
  const unlisten = signal === undefined ? undefined : onAbort(signal, () => void leaveOnce("stopped", signal.reason))
  try {
    let { rows, suspended } = await portal.open(batchSize, own === undefined ? undefined : "BEGIN")
    own?.opened(use().connection.transactionEpoch)
    for (;;) {
      for (const row of rows) {
        yield row
        if (signal?.aborted) throw signal.reason
      }
      if (!suspended) break
      use().admit(own ?? scope)
      const more = await portal.fetch(batchSize)
      rows = more.rows
      suspended = more.suspended
    }
    unlisten?.()
    if (own === undefined) {
      // Closed by the end of the transaction.
      if (scope?.isEnded !== true) await portal.close()
    } else {
      await refuseEnded(use(), own, { signal, timeoutMs })
      const timeout = commitTimeoutOf(state, timeoutMs)
      if (statementKind(statement.sql) !== "reader") await commit(use(), timeout)
      else await commitReading(use, statement.sql, [signal, own.signal], timeout)
    }
    end = "done"
  } catch (error) {
    // An abort rejects the consumer's call at once; a failure once it has been rolled back.
    if (signal?.aborted || own?.signal.aborted || error instanceof QueryTimeoutError) end = "stopped"
    failure = error
    throw error
  } finally {
    unlisten?.()
    await leaveOnce(end, failure)
  }
}

/** It may be cancelled like any statement. A function that it calls may have written: then its outcome is unknown, as for any COMMIT. */
async function commitReading(use: UseState, sql: string, signals: readonly (AbortSignal | undefined)[], timeout: Timeout): Promise<void> {
  const state = use()
  const sent = state.connection.status !== "closed"
  try {
    await cancellableCommit(state, signals, timeout)
  } catch (error) {
    const isOpen = error instanceof QueryTimeoutError || isFatal(error)
    throw sent && isOpen && bareText(sql).includes("(") ? unknownOutcome(state, timeout, error) : error
  }
}

/** The transaction that a stream opens; undefined if one is open. */
async function ownScope(use: UseState, scope: Scope | undefined, limits: Limits): Promise<Scope | undefined> {
  const state = use()
  state.admit(scope)
  if (scope !== undefined) {
    const barrier = barrierOf(state, scope, limits)
    if (barrier !== undefined) await barrier
    return undefined
  }
  const own = state.enter(undefined)
  try {
    if (state.hasOutstanding) await awaitWithin(state, limits, state.awaitOutstanding())
  } catch (error) {
    state.leave(own)
    throw error
  }
  if (state.connection.status !== "transaction" && state.connection.status !== "failed") {
    state.began(own)
    return own
  }
  state.leave(own)
  return undefined
}

/** COMMIT would succeed without a transaction, and commit nothing. */
async function refuseEnded(state: SessionState, own: Scope, limits: Limits): Promise<void> {
  // Again, because what has ended there may have been followed by more.
  while (state.connection.status === "busy") await awaitWithin(state, limits, state.inside(own, ""))
  if (state.isOver(own))
    throw rolledBack(state.label, "the stream's transaction was over before the stream was: a statement on native has ended it")
}

type End = "done" | "left" | "stopped"

/** Not behind other statements of the transaction, which may take long: its end closes the portal, too. */
function abandoned(state: SessionState, portal: Portal<unknown>, end: End): Promise<void> {
  return end === "left" && state.pending > 0 ? Promise.resolve() : portal.abandon()
}

async function leave(
  state: SessionState,
  use: UseState,
  own: Scope | undefined,
  portal: Portal<unknown>,
  end: End,
  failure: unknown,
): Promise<void> {
  own?.end(() => transactionEnded(state.label, "this stream is over"))
  const undone = end === "done" ? Promise.resolve() : own === undefined ? abandoned(state, portal, end) : undo(use, own, "ROLLBACK")
  const left = own === undefined ? undone : undone.then(() => state.leave(own, failure))
  // Later calls on the session wait until everything is rolled back.
  if (end === "stopped") state.occupy(left)
  else await left
}
