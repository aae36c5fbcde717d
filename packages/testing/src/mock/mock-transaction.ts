import { type Connection, isFatal, isPgsdError, PgsdError, type QueryResult, quoteIdentifier } from "@pgsd/driver"

/** BEGIN, `work`, COMMIT, or ROLLBACK when `work` fails, as often as `retries` allows after a collision. */
export async function runTransaction<T>(
  connection: Connection,
  begin: string,
  retries: number,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  for (let left = retries; ; left--) {
    try {
      await connection.query(begin, undefined, { signal })
      const result = await work()
      signal?.throwIfAborted()
      await commit(connection)
      return result
    } catch (error) {
      await undo(connection, "ROLLBACK")
      if (left <= 0 || !collided(error)) throw error
    }
  }
}

/** The same inside a transaction. */
export async function runSavepoint<T>(
  connection: Connection,
  name: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const savepoint = quoteIdentifier(name)
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
  const { label } = connection.info
  let answer: QueryResult
  try {
    answer = await connection.query("COMMIT")
  } catch (cause) {
    if (!isFatal(cause)) throw cause
    throw new PgsdError("PGSD_COMMIT_UNKNOWN", `${label}: the connection was lost while COMMIT was under way`, { cause, label })
  }
  if (answer.command === "COMMIT") return
  const fact = `the server answered COMMIT with ${answer.command || "nothing"}: nothing was committed`
  throw new PgsdError("PGSD_ROLLED_BACK", fact, { label })
}

async function undo(connection: Connection, sql: string): Promise<void> {
  if (connection.status === "idle" || connection.status === "closed") return
  await connection.query(sql).catch(() => connection.destroy())
}

function collided(error: unknown): boolean {
  return isPgsdError(error) && (error.sqlState === "40001" || error.sqlState === "40P01")
}
