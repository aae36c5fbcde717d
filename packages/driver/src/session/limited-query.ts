import type { QueryOptions, QueryResult } from "../contract.ts"
import { firstWord } from "../statement-text.ts"
import { Cursor } from "./cursor.ts"
import { TooManyRowsError } from "./errors.ts"
import type { CallOptions } from "./queryable.ts"
import { runReading, runSavepoint, runTransaction } from "./run-transaction.ts"
import type { Scope } from "./scope.ts"
import type { PlainStatement } from "./statement.ts"
import type { UseState } from "./undo.ts"
import { awaitWithin } from "./work-limit.ts"

const READERS: ReadonlySet<string> = new Set(["select", "values", "table"])
const WRITERS: ReadonlySet<string> = new Set(["insert", "update", "delete", "merge"])
// A WITH that has one of these words may write. One that has it elsewhere only loses the cursor.
const WRITING = /\b(?:insert|update|delete|merge)\b/i

/**
 * A query whose result may have at most `maxRows` rows: one more than that is asked of a cursor, so an oversized result never crosses
 * the wire. A statement that cannot be a cursor is run as it is and counted afterwards; what it wrote (INSERT … RETURNING) is undone
 * when its rows are too many. Calls beside it wait, since what they did would be undone with it.
 */
export async function limitedQuery<R>(
  use: UseState,
  scope: Scope | undefined,
  statement: PlainStatement,
  maxRows: number,
  options: Omit<CallOptions, "maxRows">,
): Promise<QueryResult<R>> {
  const { signal, timeoutMs = use().settings.queryTimeoutMs, ...form } = options
  const { sql, params } = statement
  const kind = statementKind(sql)
  const within = (result: QueryResult<R>) => {
    if (result.rows.length > maxRows) throw new TooManyRowsError(maxRows, use().label)
    return result
  }
  const state = use()
  state.admit(scope)
  if (kind === "other") return within(await state.run<R>(scope, sql, params, { ...form, signal, timeoutMs }))
  const limits = { signal, timeoutMs }
  const leave = state.hold()
  try {
    // Statements sent before and not awaited: one of them may be a BEGIN.
    if (scope === undefined && state.pending > 0) await awaitWithin(state, limits, state.idle())
    const { status } = use().connection
    const inTransaction = scope !== undefined || status === "transaction" || status === "failed"
    if (kind === "writer") {
      const write = async (inner: Scope) => within(await use().run<R>(inner, sql, params, form))
      return inTransaction ? await runSavepoint(use, scope, write, limits) : await runTransaction(use, write, limits)
    }
    const read = async (inner: Scope | undefined) => within(await readAtMost<R>(use, inner, statement, maxRows, form, limits))
    return inTransaction ? await read(scope) : await runReading(use, read, limits)
  } finally {
    leave()
  }
}

async function readAtMost<R>(
  use: UseState,
  scope: Scope | undefined,
  statement: PlainStatement,
  maxRows: number,
  form: QueryOptions,
  limits: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number },
): Promise<QueryResult<R>> {
  const cursor = new Cursor(use, scope, statement, form, limits)
  const result = await cursor.open<R>(maxRows + 1)
  try {
    await cursor.close()
  } catch (error) {
    await cursor.abandon()
    throw error
  }
  return { ...result, command: "SELECT" }
}

/** Reader: can be a cursor. Writer: can write, and give rows. */
export function statementKind(sql: string): "reader" | "writer" | "other" {
  const word = firstWord(sql)
  if (READERS.has(word)) return "reader"
  if (WRITERS.has(word)) return "writer"
  if (word !== "with") return "other"
  return WRITING.test(sql) ? "writer" : "reader"
}
