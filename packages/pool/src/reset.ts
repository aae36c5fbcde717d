import { type Connection, quoteIdentifier, quoteLiteral } from "@pgsd/driver"
import type { PoolSettings } from "./pool-options.ts"
import type { PooledConnection } from "./pooled-connection.ts"
import type { SessionSetup } from "./session-setup.ts"

/**
 * What DISCARD ALL does, but for the statements that drivers have prepared: pg and postgres.js remember theirs and fail with 26000 when they are gone.
 * SET SESSION AUTHORIZATION also undoes SET ROLE, which RESET ALL does not. One simple query, one round trip.
 */
const SESSION_RESET =
  "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES"

/** Of the holder before, or of onConnect, which would fail when it prepares them again. */
const PREPARED_BY_SQL = "SELECT name FROM pg_catalog.pg_prepared_statements WHERE from_sql"

type Mode = NonNullable<PoolSettings["reset"]>

/**
 * Makes a returned connection fit for its next holder; undefined when it is. In order: what was left running may end, an open
 * transaction is rolled back, then what `mode` asks for; a session reset is followed by the pool's own set-up. The caller bounds it and destroys the connection when it rejects.
 */
export function reset(pooled: PooledConnection, mode: Mode, setup: SessionSetup | undefined): Promise<unknown> | undefined {
  const { connection, state } = pooled
  if (state.pending > 0 || state.busy !== undefined) return state.quiet().then(() => reset(pooled, mode, setup))
  switch (connection.status) {
    case "idle":
      if (mode === "session") return sessionReset(connection, SESSION_RESET, setup)
      return typeof mode === "function" ? ownReset(connection, mode) : undefined
    case "transaction":
    case "failed":
      return afterTransaction(connection, mode, setup)
    case "busy":
      // Work left running on `native`, a BEGIN perhaps: its end is known when an empty query behind it was answered.
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

// In a block: the tag of a DEALLOCATE by itself would say that the drivers' own may be gone.
function deallocation(names: readonly string[]): string {
  const statements = names.map((name) => `EXECUTE ${quoteLiteral(`DEALLOCATE ${quoteIdentifier(name)}`)};`)
  return `DO ${quoteLiteral(`BEGIN ${statements.join(" ")} END`)}`
}

async function afterTransaction(connection: Connection, mode: Mode, setup: SessionSetup | undefined): Promise<void> {
  if (mode === "none") throw new Error("it came back inside a transaction, and reset is none")
  if (mode === "session") return sessionReset(connection, `ROLLBACK; ${SESSION_RESET}`, setup)
  await connection.query("ROLLBACK")
  if (typeof mode === "function") await mode(connection)
  expectIdle(connection)
}

// Async, so that one that throws or gives no promise is a reset like any other.
async function ownReset(connection: Connection, mode: (connection: Connection) => void | Promise<void>): Promise<void> {
  await mode(connection)
  expectIdle(connection)
}

function expectIdle(connection: Connection): void {
  if (connection.status !== "idle") throw new Error(`it was ${connection.status} after the reset`)
}
