import { atStatement } from "../at-statement.ts"
import { commitUnknown, TooManyRowsError } from "../calls/errors.ts"
import type { BatchOptions } from "../calls/queryable.ts"
import { type PlainStatement, readStatement, refuseTransactionControl, type StatementInput } from "../calls/statement.ts"
import { isFatal } from "../classify.ts"
import type { PipelineResult, PipelineStatement, QueryResult } from "../contract.ts"
import { DatabaseConnectionError, isPgsdError, PgsdError, unreadable } from "../errors.ts"
import { MOST_ROWS } from "../most-rows.ts"
import { bareText } from "../statement-text.ts"
import { awaitWithin, limitOf } from "./limits.ts"
import { commitTimeoutOf, runSavepoint, runTransaction } from "./run-transaction.ts"
import type { Scope } from "./scope.ts"
import type { Limits } from "./session-owner.ts"
import { type UseState, undo } from "./undo.ts"

/** @throws PgsdError PGSD_INVALID_PARAMETER, with `statementIndex` */
export function readBatch(statements: readonly StatementInput[]): readonly PlainStatement[] {
  let given: readonly StatementInput[]
  try {
    if (!Array.isArray(statements)) throw new PgsdError("PGSD_INVALID_PARAMETER", "batch() takes an array of statements")
    // Includes holes of a sparse array.
    given = Array.from(statements as readonly StatementInput[])
  } catch (error) {
    throw unreadable("PGSD_INVALID_PARAMETER", "the array of statements", error)
  }
  return given.map((statement, index) => {
    try {
      const plain = readStatement(statement, undefined)
      refuseTransactionControl(plain.sql, "batch")
      return plain
    } catch (error) {
      throw described(atStatement(error, index), given.map(textOf))
    }
  })
}

/** Calls on the session wait until it has settled. The options are validated. */
export async function runBatch<R>(
  use: UseState,
  scope: Scope | undefined,
  statements: readonly PlainStatement[],
  options: BatchOptions,
): Promise<QueryResult<R>[]> {
  if (statements.length === 0) return []
  const { timeoutMs, maxRows = Number.POSITIVE_INFINITY, types, rowMode, undefinedAs } = options
  const limits = { signal: options.signal, timeoutMs }
  if (scope === undefined && use().hasOutstanding) await awaitWithin(use(), limits, use().awaitOutstanding())
  const state = use()
  const { status } = state.connection
  const texts = () => statements.map(({ sql }) => sql)
  const steps = statements.map(({ sql, params, options: own }) => ({
    sql,
    params,
    undefinedAs,
    types: own?.types ?? types,
    rowMode: own?.rowMode ?? rowMode,
  }))
  const send = (all: readonly PipelineStatement[], inner = scope, { signal, timeoutMs }: Limits = limits) =>
    state.within((cancel) => state.pipeline(texts, all, cancel), [signal, inner?.signal, state.workSignal], timeoutMs)
  const isInside = scope !== undefined || status === "transaction" || status === "failed"
  const run = () => {
    if (maxRows !== Number.POSITIVE_INFINITY) {
      const work = (inner: Scope) => counted(steps, maxRows, state.label, (all) => send(all, inner, {}))
      return isInside
        ? runSavepoint(use, scope, work, limitOf(state, limits))
        : runTransaction(use, work, {}, limitOf(state, limits), commitTimeoutOf(state, timeoutMs))
    }
    return isInside ? send(steps) : inTransaction(use, steps, send)
  }
  const results = await run().catch((error: unknown) => {
    throw described(error, texts())
  })
  return results.map(({ rows, rowCount, command, fields }) => ({ rows: rows as R[], rowCount, command, fields }))
}

/** Requests one row more than allowed. What was executed stays open, so that a result that is too large rolls it back. */
async function counted(
  steps: readonly PipelineStatement[],
  maxRows: number,
  label: string,
  send: (steps: readonly PipelineStatement[]) => Promise<PipelineResult[]>,
): Promise<PipelineResult[]> {
  const results = await send(steps.map((step) => ({ ...step, rows: Math.min(maxRows + 1, MOST_ROWS) })))
  const tooLarge = results.findIndex(({ rows }) => rows.length > maxRows)
  if (tooLarge >= 0) throw atStatement(new TooManyRowsError(maxRows, label), tooLarge)
  return results
}

/**
 * BEGIN and COMMIT are sent along, although the protocol treats everything before a Sync as one transaction: a VACUUM in first place would
 * commit on its own, and SET LOCAL and LOCK would depend on the server's version.
 */
async function inTransaction(
  use: UseState,
  steps: readonly PipelineStatement[],
  send: (steps: readonly PipelineStatement[]) => Promise<PipelineResult[]>,
): Promise<PipelineResult[]> {
  const state = use()
  const wasOpen = state.connection.status !== "closed"
  try {
    return (await send([{ sql: "BEGIN" }, ...steps, { sql: "COMMIT" }])).slice(1, -1)
  } catch (error) {
    const undone = undo(use, undefined, "ROLLBACK")
    // The caller's call rejects at once; later calls on the session wait until everything is rolled back.
    if (state.pending > 0) state.occupy(undone)
    else await undone
    // COMMIT was sent with the rest, whatever ended the connection, for example a row too large for a string.
    const died = error instanceof DatabaseConnectionError && state.connection.status === "closed"
    if (wasOpen && (died || isFatal(error))) throw commitUnknown(state.label, "the connection was lost", error)
    throw shifted(error, steps.length)
  }
}

/** Removes BEGIN and COMMIT, which are not the caller's statements. */
function shifted(error: unknown, count: number): unknown {
  if (!isPgsdError(error)) return error
  const index = (error.statementIndex ?? 0) - 1
  if (index >= 0 && index < count) return atStatement(error, index)
  Reflect.deleteProperty(error, "statementIndex")
  return error
}

function textOf(statement: StatementInput): unknown {
  if (typeof statement === "string") return statement
  try {
    return "text" in statement ? statement.text : statement.sql
  } catch {
    return undefined
  }
}

const MOST_CHARACTERS = 60

/** Names the statement in the error's message: its index, and its beginning without quoted text. */
function described(error: unknown, statements: readonly unknown[]): unknown {
  if (!isPgsdError(error) || error.statementIndex === undefined) return error
  const sql = statements[error.statementIndex]
  const text = typeof sql === "string" ? bareText(sql).replaceAll(/\s+/g, " ").trim() : ""
  const label = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
  const which = `statement ${error.statementIndex + 1} of ${statements.length} in the batch${label === "" ? "" : ` (${label})`}`
  return Object.assign(error, { message: `${which}: ${error.message}` })
}
