import { TooManyRowsError } from "../calls/errors.ts"
import type { CallOptions } from "../calls/queryable.ts"
import type { PlainStatement } from "../calls/statement.ts"
import type { QueryResult } from "../contract.ts"
import { PgsdError } from "../errors.ts"
import { bareText, firstWord, mayControlTransaction, mayHoldSeveral } from "../statement-text.ts"
import { awaitWithin, barrierOf, limitOf } from "./limits.ts"
import { Portal, type PortalLimits } from "./portal.ts"
import { commitTimeoutOf, runSavepoint, runTransaction } from "./run-transaction.ts"
import type { Scope } from "./scope.ts"
import type { UseState } from "./undo.ts"

const READERS: ReadonlySet<string> = new Set(["select", "values", "table"])
/** What EXECUTE runs does not show in its text. */
const WRITERS: readonly string[] = ["insert", "update", "delete", "merge", "execute"]
// A WITH or EXPLAIN that contains one of these words may write. A false positive only costs round trips.
const WRITING = new RegExp(`\\b(?:${[...WRITERS, "into", "create", "refresh"].join("|")})\\b`, "i")
const INTO = /\binto\b/i

/**
 * A query whose result may have at most `maxRows` rows: one more than that is requested, so an oversized result never crosses the wire. A
 * writing statement (INSERT … RETURNING) with too many rows is rolled back; concurrent calls wait, because their effects would be rolled
 * back with it. A statement that may end a transaction is run unchanged and counted afterwards. For a call that was admitted.
 */
export async function limitedQuery<R>(
  use: UseState,
  scope: Scope | undefined,
  statement: PlainStatement,
  maxRows: number,
  options: Omit<CallOptions, "maxRows">,
): Promise<QueryResult<R>> {
  const { signal, timeoutMs, ...form } = options
  const { sql, params } = statement
  const kind = statementKind(sql)
  const within = ({ rows, rowCount, command, fields }: QueryResult<R>): QueryResult<R> => {
    if (rows.length > maxRows) throw new TooManyRowsError(maxRows, use().label)
    return { rows, rowCount, command, fields }
  }
  const state = use()
  if (kind !== "other" && mayHoldSeveral(sql) && mayHoldSeveral(bareText(sql))) throw severalStatements(state.label)
  if (kind === "other" && mayControlTransaction(sql)) return within(await state.run<R>(scope, sql, params, { ...form, signal, timeoutMs }))
  const limits = { signal, timeoutMs }
  const read = async (inner: Scope | undefined, own: PortalLimits) =>
    within(await new Portal<R>(use, inner, statement, form, own).first(maxRows + 1))
  const leave = state.hold()
  try {
    const barrier = scope && barrierOf(state, scope, limits)
    if (barrier !== undefined) await barrier
    if (scope === undefined && state.hasOutstanding) await awaitWithin(state, limits, state.awaitOutstanding())
    if (kind !== "writer") return await read(scope, limits)
    const { status } = use().connection
    const write = (inner: Scope) => read(inner, {})
    if (scope !== undefined || status === "transaction" || status === "failed")
      return await runSavepoint(use, scope, write, limitOf(state, limits))
    return await runTransaction(use, write, {}, limitOf(state, limits), commitTimeoutOf(state, timeoutMs))
  } finally {
    leave()
  }
}

function severalStatements(label: string): PgsdError {
  const hint = "use batch(statements, { maxRows })"
  return new PgsdError("PGSD_INVALID_OPTION", `maxRows limits a single statement, and the text has several (${hint})`, { label, hint })
}

/** Reader: writes only through functions. Writer: can write, and return rows. */
export function statementKind(sql: string): "reader" | "writer" | "other" {
  const word = firstWord(sql)
  if (READERS.has(word)) return INTO.test(sql) && INTO.test(bareText(sql)) ? "writer" : "reader"
  if (WRITERS.includes(word)) return "writer"
  // With ANALYZE it executes the statement.
  if (word === "explain") return WRITING.test(sql) ? "writer" : "other"
  if (word !== "with") return "other"
  return WRITING.test(sql) ? "writer" : "reader"
}
