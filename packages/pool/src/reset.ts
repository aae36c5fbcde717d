import { type Connection, quoteIdentifier, quoteLiteral } from "@pgsd/driver"
import type { PoolSettings } from "./pool-options.ts"
import type { PooledConnection } from "./pooled-connection.ts"
import type { SessionSetup } from "./session-setup.ts"

/**
 * Like DISCARD ALL, but keeps the statements that drivers have prepared: pg and postgres.js remember theirs and fail with 26000 without
 * them. SET SESSION AUTHORIZATION also undoes SET ROLE, which RESET ALL does not. One simple query, one round trip.
 */
const SESSION_RESET =
  "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES"

/** Prepared by the previous holder or onConnect, which would fail when preparing them again. */
const PREPARED_BY_SQL = "SELECT name FROM pg_catalog.pg_prepared_statements WHERE from_sql"

type Mode = NonNullable<PoolSettings["reset"]>

/**
 * Cleans a returned connection for its next holder; undefined if it is clean. In order: running queries may finish, an open transaction is
 * rolled back, then `mode` applies; a session reset is followed by the pool's setup. The caller bounds it, and destroys the connection if
 * it rejects.
 */
export function reset(pooled: PooledConnection, mode: Mode, setup: SessionSetup | undefined): Promise<unknown> | undefined {
  const { connection, state } = pooled
  if (state.pending > 0 || state.busy !== undefined) return state.settled().then(() => reset(pooled, mode, setup))
  switch (connection.status) {
    case "idle":
      if (mode === "session") return sessionReset(connection, SESSION_RESET, setup)
      return typeof mode === "function" ? ownReset(connection, mode) : restyled(pooled, mode)
    case "transaction":
    case "failed":
      return afterTransaction(pooled, mode, setup)
    case "busy":
      // Work left running on `native`, perhaps a BEGIN: it has ended once an empty query after it was answered.
      return connection.query("").then(() => reset(pooled, mode, setup))
    default:
      return Promise.reject(new Error(`it came back ${connection.status}`))
  }
}

async function sessionReset(connection: Connection, statements: string, setup: SessionSetup | undefined): Promise<void> {
  const { rows } = await connection.query<{ name: string }>(`${statements}${setup?.afterReset ?? ""}; ${PREPARED_BY_SQL}`)
  if (rows.length > 0) await connection.query(deallocation(rows.map(({ name }) => name)))
  await setup?.again(connection)
  expectIdle(connection)
}

// In a block, because the command tag of DEALLOCATE would mean that the drivers' statements may be gone.
function deallocation(names: readonly string[]): string {
  const statements = names.map((name) => `EXECUTE ${quoteLiteral(`DEALLOCATE ${quoteIdentifier(name)}`)};`)
  return `DO ${quoteLiteral(`BEGIN ${statements.join(" ")} END`)}`
}

/** DateStyle and IntervalStyle are the settings of a session that the server reports, and that change what others read. */
function restyled(pooled: PooledConnection, mode: Mode): Promise<unknown> | undefined {
  const sql = mode === "transaction" ? pooled.restyling : undefined
  return sql === undefined ? undefined : pooled.connection.query(sql).then(() => expectIdle(pooled.connection))
}

async function afterTransaction(pooled: PooledConnection, mode: Mode, setup: SessionSetup | undefined): Promise<void> {
  const { connection } = pooled
  if (mode === "none") throw new Error("it came back inside a transaction, and reset is none")
  if (mode === "session") return sessionReset(connection, `ROLLBACK; ${SESSION_RESET}`, setup)
  await connection.query("ROLLBACK")
  if (typeof mode === "function") await mode(connection)
  expectIdle(connection)
  await restyled(pooled, mode)
}

// Async, so that exceptions and non-promises are handled like any other reset.
async function ownReset(connection: Connection, mode: (connection: Connection) => void | Promise<void>): Promise<void> {
  await mode(connection)
  expectIdle(connection)
}

function expectIdle(connection: Connection): void {
  if (connection.status !== "idle") throw new Error(`it was ${connection.status} after the reset`)
}
