import { type Connection, isFatal, isPgsdError, PgsdError, type QueryResult, quoteIdentifier } from "@pgsd/driver"
import type { TransactionOptions } from "../database-connector.ts"
import { beginText } from "./begin.ts"
import { rollBack } from "./roll-back.ts"

/** BEGIN, `work`, COMMIT, or ROLLBACK when `work` fails. The connection is in no transaction before and after. */
export async function runTransaction<T>(connection: Connection, options: TransactionOptions, work: () => Promise<T>): Promise<T> {
  const { signal } = options
  try {
    // Inside the try: a setting that the server refuses leaves the BEGIN before it standing.
    await connection.query(beginText(options), undefined, { signal })
    const result = await work()
    signal?.throwIfAborted()
    await commit(connection)
    return result
  } catch (error) {
    await undo(connection, "ROLLBACK")
    throw error
  }
}

/** The same inside a transaction: SAVEPOINT, `work`, RELEASE, or back to the savepoint when `work` fails. */
export async function runSavepoint<T>(
  connection: Connection,
  name: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const savepoint = quoteIdentifier(name)
  signal?.throwIfAborted()
  await connection.query(`SAVEPOINT ${savepoint}`)
  try {
    const result = await work()
    signal?.throwIfAborted()
    await connection.query(`RELEASE SAVEPOINT ${savepoint}`)
    return result
  } catch (error) {
    await undo(connection, `ROLLBACK TO SAVEPOINT ${savepoint}; RELEASE SAVEPOINT ${savepoint}`)
    throw error
  }
}

async function commit(connection: Connection): Promise<void> {
  let answer: QueryResult
  const sent = connection.status !== "closed"
  try {
    answer = await connection.query("COMMIT")
  } catch (cause) {
    if (!sent || isRefusal(cause)) throw cause
    const { label } = connection.info
    throw new PgsdError(
      "PGSD_COMMIT_UNKNOWN",
      `${label}: ${isFatal(cause) ? "the connection was lost" : "time ran out"} while COMMIT was under way`,
      {
        cause,
        label,
        sqlState: isPgsdError(cause) ? cause.sqlState : undefined,
        hint: "the transaction may or may not have been committed: look before doing it again",
      },
    )
  }
  if (answer.command === "COMMIT") return
  throw new PgsdError("PGSD_ROLLED_BACK", `the server answered COMMIT with ${answer.command || "nothing"}: nothing was committed`, {
    label: connection.info.label,
    hint: "a statement failed inside the transaction and its error was caught; run such a statement in a transaction() of its own",
  })
}

// The server's own word, e.g. of a deferred constraint: it has undone everything. A time-out is no word of the server.
function isRefusal(error: unknown): boolean {
  return isPgsdError(error) && error.sqlState !== undefined && !isFatal(error)
}

async function undo(connection: Connection, sql: string): Promise<void> {
  // Idle: BEGIN itself failed, or the COMMIT that failed has already undone everything.
  if (connection.status !== "idle") await rollBack(connection, sql)
}
