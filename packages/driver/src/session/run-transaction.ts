import { beginText } from "../calls/call-options.ts"
import { commitUnknown, QueryTimeoutError, rolledBack, type TimeoutOption, transactionEnded, transactionInUse } from "../calls/errors.ts"
import type { TransactionOptions } from "../calls/queryable.ts"
import type { WorkLimit } from "../calls/work-limit.ts"
import { isFatal } from "../classify.ts"
import { timerDelay } from "../clock.ts"
import type { QueryResult, Row } from "../contract.ts"
import { isPgsdError, type PgsdError } from "../errors.ts"
import { pause } from "../pause.ts"
import { quoteIdentifier } from "../quote.ts"
import { optionOf } from "./bounded.ts"
import { transactionLimit } from "./limits.ts"
import { isConflict, type Scope } from "./scope.ts"
import type { SessionState } from "./session-state.ts"
import { type UseState, undo } from "./undo.ts"

/** Maximum pause before the second attempt, in ms; doubled before each further one: enough to separate callers that conflicted. */
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 1_000

type Work<T> = (scope: Scope) => T | Promise<T>

/** How one transaction or savepoint begins, ends and is rolled back. */
interface Bracket {
  readonly begin: string
  /** Whether a transaction must already be open. */
  readonly nested: boolean
  readonly readOnly: boolean
  /** @param detach from now on the call's own limits cancel nothing */
  complete(state: SessionState, scope: Scope, detach: () => void): Promise<void>
  readonly undo: string
}

/** A timeout in ms, and the option that it comes from. */
export interface Timeout {
  readonly ms: number
  readonly option: TimeoutOption
}

/**
 * BEGIN, `work`, COMMIT or ROLLBACK; repeated up to `retries` times after a conflict. The options are validated.
 *
 * @param limit ended when the call ends
 */
export async function runTransaction<T>(
  use: UseState,
  work: Work<T>,
  options: TransactionOptions,
  limit: WorkLimit = transactionLimit(use(), options),
  commitWithin: Timeout = { ms: options.commitTimeoutMs ?? use().settings.commitTimeoutMs, option: "commitTimeoutMs" },
): Promise<T> {
  const { retries = 0 } = options
  const { settings } = use()
  const bracket: Bracket = {
    begin: beginText(options),
    nested: false,
    readOnly: options.readOnly === true,
    complete: (state, scope, detach) => {
      if (options.readOnly === true) return commitReading(state, scope, commitWithin)
      detach()
      return commit(state, commitWithin, scope.conflict)
    },
    undo: "ROLLBACK",
  }
  try {
    for (let failed = 0; ; failed++) {
      try {
        return await runOnce(use, undefined, work, bracket, limit)
      } catch (error) {
        if (failed >= retries || !mayRetry(error) || use().connection.status !== "idle") throw error
        limit.throwIfAborted()
        await pause(settings.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failed), settings.clock, limit.signal)
      }
    }
  } finally {
    limit.end()
  }
}

/** The same inside a transaction: SAVEPOINT, `work`, RELEASE or ROLLBACK TO. */
export async function runSavepoint<T>(use: UseState, outer: Scope | undefined, work: Work<T>, limit: WorkLimit): Promise<T> {
  const state = use()
  const name = quoteIdentifier(state.name("savepoint"))
  const bracket: Bracket = {
    begin: `SAVEPOINT ${name}`,
    nested: true,
    readOnly: false,
    complete: async (current, scope) => {
      if (current.connection.status === "failed") throw caught(current.label, "nothing of this savepoint stays", scope.conflict)
      await current.inside(scope, `RELEASE SAVEPOINT ${name}`)
    },
    undo: `ROLLBACK TO SAVEPOINT ${name}; RELEASE SAVEPOINT ${name}`,
  }
  try {
    return await runOnce(use, outer, work, bracket, limit)
  } finally {
    limit.end()
  }
}

async function runOnce<T>(use: UseState, outer: Scope | undefined, work: Work<T>, bracket: Bracket, limit: WorkLimit): Promise<T> {
  const state = use()
  const scope = state.enter(outer, bracket.readOnly)
  const detach = limit.follow((reason) => scope.stop(reason))
  let mayBeOpen = false
  try {
    if (!bracket.nested) {
      if (state.hasOutstanding) await limit.race(state.awaitOutstanding())
      refuseOpenTransaction(use())
    }
    scope.signal.throwIfAborted()
    if (!bracket.nested) state.began(scope)
    mayBeOpen = true
    await use()
      .inside(scope, bracket.begin)
      .catch((error: unknown) => {
        // Rolling back to a missing savepoint would fail, and cost the connection. A BEGIN with settings may have started.
        if (bracket.nested && isRefusal(error)) mayBeOpen = false
        throw error
      })
    scope.opened(use().connection.transactionEpoch)
    const result = await limit.race(work(scope))
    scope.end(() => transactionEnded(state.label))
    // Before the server has its say: how much is left of the output decides whether its statement fails, or costs the connection.
    if (scope.leftOpen) throw leftOpen(state.label)
    const failure = await limit.race(scope.settled())
    scope.signal.throwIfAborted()
    // Work left running on `native`: after a ROLLBACK in it, COMMIT would commit nothing.
    if (use().connection.status === "busy") await limit.race(use().inside(scope, ""))
    refuseCompletion(use(), scope, failure)
    await bracket.complete(use(), scope, detach)
    state.leave(scope)
    return result
  } catch (error) {
    const { aborted } = scope.signal
    scope.end(() => transactionEnded(state.label))
    scope.doom(scope.ended)
    const undone = (aborted ? Promise.resolve() : letEnd(state, scope, error))
      .then(() => (mayBeOpen ? undo(use, scope, bracket.undo) : undefined))
      .finally(() => state.leave(scope, error))
    // The caller's call rejects at once; later calls on the session wait until everything is rolled back.
    if (aborted) state.occupy(undone)
    else await undone
    throw error
  } finally {
    detach()
  }
}

/** How long unawaited statements may take to end before they are cancelled, in ms: a cancel may cost the session. */
const GRACE_MS = 100

/** In a failed transaction every statement ends at once; otherwise statements still in flight after a moment are cancelled. */
async function letEnd(state: SessionState, scope: Scope, error: unknown): Promise<void> {
  if (state.pending > 0) {
    const { clock, rollbackTimeoutMs } = state.settings
    const refused = isPgsdError(error) && error.sqlState !== undefined
    let timer: unknown
    const late = new Promise<void>((resolve) => {
      timer = clock.setTimeout(resolve, timerDelay(refused ? rollbackTimeoutMs / 2 : Math.min(GRACE_MS, rollbackTimeoutMs / 2)))
    })
    await Promise.race([state.idle(), late])
    clock.clearTimeout(timer)
  }
  scope.stop(scope.ended)
}

function refuseOpenTransaction({ connection, label }: SessionState): void {
  if (connection.status === "transaction" || connection.status === "failed")
    throw transactionInUse(label, "a transaction was begun on this connection by a statement")
}

function refuseCompletion(state: SessionState, scope: Scope, failure: { readonly error: unknown } | undefined): void {
  const { label } = state
  if (scope.endedByHand !== undefined)
    throw rolledBack(label, `the transaction was over before its callback was: ${scope.endedByHand} was sent as a statement inside it`)
  if (failure !== undefined) throw rolledBack(label, "nothing was committed: a call that was not awaited failed", failure.error)
  if (state.isOver(scope)) throw rolledBack(label, "the transaction was over before its callback was: a statement inside has ended it")
}

/** @throws PgsdError PGSD_COMMIT_UNKNOWN, PGSD_ROLLED_BACK, the server's own error */
export async function commit(state: SessionState, timeout: Timeout, conflict?: unknown): Promise<void> {
  const sent = state.connection.status !== "closed"
  const answer = withoutCancel(state, "COMMIT", timeout).catch((cause: unknown) => {
    // The server's own error, e.g. from a deferred constraint: everything was rolled back. A timeout is no response.
    throw !sent || isRefusal(cause) ? cause : unknownOutcome(state, timeout, cause)
  })
  await expectCommit(state, answer, conflict)
}

/** The error of a COMMIT without a response. */
export function unknownOutcome({ label }: SessionState, { ms, option }: Timeout, cause: unknown): PgsdError {
  const timedOut = cause instanceof QueryTimeoutError
  return commitUnknown(label, timedOut ? `the server gave no answer within ${option} (${ms} ms)` : "the connection was lost", cause)
}

/** For a call that commits on its own: `timeoutMs` also limits COMMIT, although nothing cancels it. */
export function commitTimeoutOf({ settings }: SessionState, timeoutMs: number | undefined): Timeout {
  return sooner({ ms: timeoutMs ?? settings.queryTimeoutMs, option: optionOf(timeoutMs) }, settings.commitTimeoutMs)
}

function sooner(timeout: Timeout, commitTimeoutMs: number): Timeout {
  return timeout.ms <= commitTimeoutMs ? timeout : { ms: commitTimeoutMs, option: "commitTimeoutMs" }
}

/** Nothing depends on it: it may be cancelled like any statement. */
function commitReading(state: SessionState, scope: Scope, commitWithin: Timeout): Promise<void> {
  const timeout = sooner({ ms: state.settings.queryTimeoutMs, option: "queryTimeoutMs" }, commitWithin.ms)
  return expectCommit(state, cancellableCommit(state, [scope.signal], timeout), scope.conflict)
}

/** A COMMIT that is cancelled like any statement. */
export function cancellableCommit(
  state: SessionState,
  signals: readonly (AbortSignal | undefined)[],
  { ms, option }: Timeout,
): Promise<QueryResult> {
  return state.within((cancel) => state.send<Row>("COMMIT", undefined, { signal: cancel }), signals, ms, option)
}

/** @throws PgsdError PGSD_ROLLED_BACK */
async function expectCommit(state: SessionState, answer: Promise<QueryResult>, conflict: unknown): Promise<void> {
  const { command } = await answer
  if (command !== "COMMIT")
    throw caught(state.label, `the server answered COMMIT with ${command || "nothing"}: nothing was committed`, conflict)
}

function leftOpen(label: string): PgsdError {
  const hint = "read it to its end, or leave its loop, before the callback returns"
  const fact = "nothing was committed: the output of a copyTo() was still being read when the callback returned"
  return rolledBack(label, fact, undefined, hint)
}

function caught(label: string, fact: string, conflict: unknown): PgsdError {
  const hint = "run a statement that may fail in a transaction() of its own: on the handle that is a savepoint"
  return rolledBack(label, `${fact}, because a statement failed and its error was caught`, conflict, hint)
}

/** A statement that is not cancelled at its timeout, because it could then have either effect: its connection is destroyed. */
function withoutCancel(state: SessionState, sql: string, { ms, option }: Timeout): Promise<QueryResult> {
  const { clock } = state.settings
  return new Promise((resolve, reject) => {
    let timer: unknown
    if (ms !== Number.POSITIVE_INFINITY)
      timer = clock.setTimeout(() => {
        reject(new QueryTimeoutError(ms, state.label, "query", option))
        state.giveUp()
      }, timerDelay(ms))
    state
      .send<Row>(sql, undefined, undefined)
      .then(resolve, reject)
      .finally(() => clock.clearTimeout(timer))
  })
}

/** The server's own error, after which the session continues. */
function isRefusal(error: unknown): boolean {
  return isPgsdError(error) && error.sqlState !== undefined && !isFatal(error)
}

/** Even if the conflict occurred in an unawaited call, or its error was caught. */
function mayRetry(error: unknown): boolean {
  return isConflict(error) || (isPgsdError(error) && error.code === "PGSD_ROLLED_BACK" && isConflict(error.cause))
}
