import { Cursor } from "./cursor.ts"
import { transactionEnded } from "./errors.ts"
import type { StreamOptions } from "./queryable.ts"
import type { Scope } from "./scope.ts"
import type { SessionState } from "./session-state.ts"
import type { PlainStatement } from "./statement.ts"
import { type UseState, undo } from "./undo.ts"

const DEFAULT_BATCH_SIZE = 1000

/** Rows one by one; the next batch is fetched only when the consumer has taken the last row of this one. The options are checked. */
export async function* rowsOf<R>(
  use: UseState,
  scope: Scope | undefined,
  statement: PlainStatement,
  options: StreamOptions,
): AsyncGenerator<R, undefined> {
  const { batchSize = DEFAULT_BATCH_SIZE, signal, timeoutMs = use().settings.queryTimeoutMs } = options
  const state = use()
  state.admit(scope)
  const inTransaction = scope !== undefined || state.connection.status === "transaction" || state.connection.status === "failed"
  if (!inTransaction && state.pending > 0) await state.idle()
  const own = inTransaction ? undefined : use().enter(undefined, true)
  const cursor = new Cursor(use, own ?? scope, statement, options, { signal, timeoutMs })
  let end: End = "left"
  try {
    let { rows } = await cursor.open<R>(batchSize, own === undefined ? undefined : "BEGIN READ ONLY")
    for (;;) {
      for (const row of rows) yield row
      if (rows.length < batchSize) break
      rows = (await cursor.fetch<R>(batchSize)).rows
    }
    if (own === undefined) await cursor.close()
    else await use().within((cancel) => use().send("COMMIT", undefined, { signal: cancel }), [signal, own.signal], timeoutMs)
    end = "done"
  } catch (error) {
    end = "failed"
    throw error
  } finally {
    await leave(state, use, own, cursor, end)
  }
}

type End = "done" | "left" | "failed"

async function leave(state: SessionState, use: UseState, own: Scope | undefined, cursor: Cursor, end: End): Promise<void> {
  own?.end(transactionEnded(state.label, "this stream is over"))
  const undone = end === "done" ? Promise.resolve() : own === undefined ? cursor.abandon() : undo(use, own, "ROLLBACK")
  const left = own === undefined ? undone : undone.then(() => state.leave(own))
  // The consumer hears of a failure at once; what comes next on the session waits until everything is undone.
  if (end === "failed") state.occupy(left)
  else await left
}
