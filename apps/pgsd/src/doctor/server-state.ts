import type { DatabaseConnector } from "@pgsd/connector"
import type { SessionCounts } from "./doctor-report.ts"

/** A session that blocks others or keeps dead rows from being removed. */
export interface LongSession {
  readonly pid: number
  readonly role: string | null
  readonly database: string | null
  readonly application: string
  /** "idle in transaction", "active" … */
  readonly state: string
  /** How long it has been in that state, and in its transaction, in ms. */
  readonly stateMs: number
  readonly transactionMs: number
}

export interface PreparedTransaction {
  readonly gid: string
  readonly owner: string
  readonly ageMs: number
}

/** At most `MOST_NAMED` of each are listed; `count` is the total. */
export interface Listed<Item> {
  readonly count: number
  readonly items: readonly Item[]
}

export interface ServerState {
  /** As session_user, whose limit applies. */
  readonly role: string
  readonly database: string
  readonly sessions: SessionCounts
  readonly idleInTransaction: Listed<LongSession>
  readonly longTransactions: Listed<LongSession>
  readonly prepared: Listed<PreparedTransaction>
  /** By name, in the unit of pg_settings (ms, s, or none); without those that this server lacks. */
  readonly settings: ReadonlyMap<string, string>
}

/** Thresholds for warnings, in ms. */
export interface Thresholds {
  readonly idleInTransactionMs: number
  readonly transactionMs: number
}

const TIMEOUT_MS = 10_000
const MOST_NAMED = 20
const SETTINGS = [
  "idle_session_timeout",
  "tcp_keepalives_idle",
  "tcp_keepalives_interval",
  "tcp_keepalives_count",
  "tcp_user_timeout",
  "password_encryption",
]

// Without pg_read_all_stats a role sees of other roles' sessions who they are, but not their state, nor whether they are clients: one with a role and a
// database is a client, or a parallel worker of one.
const CLIENTS = `pg_catalog.pg_stat_activity AS a
  WHERE a.pid <> pg_catalog.pg_backend_pid()
    AND (a.backend_type = 'client backend' OR (a.backend_type IS NULL AND a.usesysid IS NOT NULL AND a.datid IS NOT NULL))`

const COUNTS = `SELECT session_user::pg_catalog.text AS role, pg_catalog.current_database()::pg_catalog.text AS database,
  pg_catalog.count(*)::pg_catalog.int4 AS total,
  (pg_catalog.count(*) FILTER (WHERE a.usename = session_user AND a.datname = pg_catalog.current_database()))::pg_catalog.int4 AS of_both,
  (pg_catalog.count(*) FILTER (WHERE a.usename = session_user))::pg_catalog.int4 AS of_role,
  (pg_catalog.count(*) FILTER (WHERE a.datname = pg_catalog.current_database()))::pg_catalog.int4 AS of_database,
  (pg_catalog.count(*) FILTER (WHERE a.backend_type IS NULL))::pg_catalog.int4 AS hidden
FROM ${CLIENTS}`

const msSince = (moment: string) => `(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - ${moment}) * 1000)::pg_catalog.float8`

const longSessions = (condition: string) => `SELECT pg_catalog.count(*) OVER ()::pg_catalog.int4 AS count, a.pid,
  a.usename::pg_catalog.text AS role, a.datname::pg_catalog.text AS database, a.application_name AS application, a.state,
  ${msSince("a.state_change")} AS "stateMs", ${msSince("a.xact_start")} AS "transactionMs"
FROM ${CLIENTS} AND ${condition}
ORDER BY a.xact_start LIMIT ${MOST_NAMED}`

const IDLE_IN_TRANSACTION = longSessions("a.state LIKE 'idle in transaction%'")
const IN_TRANSACTION = longSessions(
  "a.state NOT LIKE 'idle in transaction%' AND a.xact_start < pg_catalog.clock_timestamp() - $1 * '1 ms'::pg_catalog.interval",
)

const PREPARED = `SELECT pg_catalog.count(*) OVER ()::pg_catalog.int4 AS count, x.gid, x.owner::pg_catalog.text AS owner, ${msSince("x.prepared")} AS "ageMs"
FROM pg_catalog.pg_prepared_xacts AS x WHERE x.database = pg_catalog.current_database() AND x.prepared < pg_catalog.clock_timestamp() - $1 * '1 ms'::pg_catalog.interval
ORDER BY x.prepared LIMIT ${MOST_NAMED}`

interface CountsRow {
  readonly role: string
  readonly database: string
  readonly total: number
  readonly of_both: number
  readonly of_role: number
  readonly of_database: number
  readonly hidden: number
}

/** The current state of the server: five statements in one READ ONLY transaction, which every role with CONNECT may run. */
export async function readServerState(connector: DatabaseConnector, thresholds: Thresholds, signal: AbortSignal): Promise<ServerState> {
  const options = { signal, timeoutMs: TIMEOUT_MS }
  return connector.readOnlySnapshot(async (snapshot) => {
    const counts = await snapshot.one<CountsRow>(COUNTS, undefined, options)
    const list = async <Item>(sql: string, values?: readonly unknown[]): Promise<Listed<Item>> => {
      const { rows } = await snapshot.query<Item & { readonly count: number }>(sql, values, options)
      return { count: rows[0]?.count ?? 0, items: rows.map(({ count: _, ...item }) => item as Item) }
    }
    const { rows: settings } = await snapshot.query<{ readonly name: string; readonly setting: string }>(
      "SELECT s.name, s.setting FROM pg_catalog.pg_settings AS s WHERE s.name = ANY ($1::pg_catalog.text[])",
      [SETTINGS],
      options,
    )
    return {
      role: counts.role,
      database: counts.database,
      sessions: {
        total: counts.total,
        ofRoleInDatabase: counts.of_both,
        ofRole: counts.of_role,
        ofDatabase: counts.of_database,
        hidden: counts.hidden,
      },
      idleInTransaction: await list<LongSession>(IDLE_IN_TRANSACTION),
      longTransactions: await list<LongSession>(IN_TRANSACTION, [thresholds.transactionMs]),
      prepared: await list<PreparedTransaction>(PREPARED, [thresholds.transactionMs]),
      settings: new Map(settings.map(({ name, setting }) => [name, setting])),
    }
  }, options)
}
