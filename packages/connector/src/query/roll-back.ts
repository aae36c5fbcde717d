import { type Connection, limit } from "@pgsd/driver"

/** How long the server may take to undo, in ms: it has nothing to do for it, so a longer silence is a dead connection. */
const ROLL_BACK_TIMEOUT_MS = 5_000

/** Sends `sql`, which goes back; a session that cannot even do that is worth nothing to whoever gets it next and is destroyed. Never rejects. */
export async function rollBack(connection: Connection, sql: string): Promise<void> {
  if (connection.status === "closed") return
  const bounds = limit(undefined, ROLL_BACK_TIMEOUT_MS, () => new Error(`no answer to ${sql} within ${ROLL_BACK_TIMEOUT_MS} ms`))
  try {
    await connection.query(sql, undefined, { signal: bounds.signal })
  } catch {
    connection.destroy()
  } finally {
    bounds.end()
  }
}
