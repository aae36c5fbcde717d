import type { DatabaseConnector } from "@pgsd/connector"
import { PgsdError, quoteIdentifier } from "@pgsd/driver"

interface Holder {
  readonly schema: string
  readonly relation: string
  readonly pid: number
  readonly user: string | null
}

// pg_locks and these columns of pg_stat_activity are readable for every role.
const HOLDERS = `SELECT n.nspname::text AS schema, c.relname::text AS relation, l.pid, a.usename::text AS user
  FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_class AS c ON c.oid = l.relation JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
  WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.granted AND n.nspname !~ '^pg_'
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  ORDER BY l.pid, 1, 2 LIMIT 1`

/** A lock timeout with the relation and the blocking session, if it is still there. */
export async function withLockHolder(error: PgsdError, connector: DatabaseConnector, signal?: AbortSignal): Promise<PgsdError> {
  const { rows } = await connector.readOnlySnapshot((snapshot) => snapshot.query<Holder>(HOLDERS, undefined, { signal }), { signal })
  const holder = rows[0]
  const { label } = connector.info
  const options = { cause: error, sqlState: error.sqlState, retryable: true }
  if (holder === undefined) return new PgsdError(error.code, `${label}: a definition was locked by another session`, options)
  const { schema, relation, pid, user } = holder
  const name = `${quoteIdentifier(schema)}.${quoteIdentifier(relation)}`
  const who = `process ${pid}${user === null ? "" : ` of user "${user}"`}`
  return new PgsdError(error.code, `${label}: ${name} is locked by ${who}, so its definition cannot be read`, {
    ...options,
    hint: `wait until that session ends its transaction, or look at it: SELECT * FROM pg_stat_activity WHERE pid = ${pid}`,
  })
}
