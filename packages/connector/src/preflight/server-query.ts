import { catalogText } from "../catalog-text.ts"
import { type FlavourRow, flavourColumns } from "../version/flavour.ts"

/** The result of {@link serverQuery}. */
export interface ServerRow extends FlavourRow {
  readonly backend_pid: number
  readonly database: string
  readonly database_oid: number
  readonly database_limit: number
  readonly role_limit: number
  readonly valid_until: Date | string | null
  readonly max_connections: string
  readonly superuser_reserved: string
  readonly reserved: string | null
  readonly statement_timeout: string
  readonly lock_timeout: string
  readonly idle_timeout: string
  readonly extra_float_digits: string
  readonly interval_style: string
  /** null if there is no such function. */
  readonly may_read_identifier: boolean | null
}

/** The server's identity and limits, light enough to measure the round trip. */
export const serverQuery = catalogText(`SELECT ${flavourColumns},
  pg_catalog.pg_backend_pid() AS backend_pid,
  d.datname::text AS database, d.oid AS database_oid, d.datconnlimit AS database_limit,
  r.rolconnlimit AS role_limit, r.rolvaliduntil AS valid_until,
  pg_catalog.current_setting('max_connections') AS max_connections,
  pg_catalog.current_setting('superuser_reserved_connections') AS superuser_reserved,
  pg_catalog.current_setting('reserved_connections', true) AS reserved,
  pg_catalog.current_setting('statement_timeout') AS statement_timeout,
  pg_catalog.current_setting('lock_timeout') AS lock_timeout,
  pg_catalog.current_setting('idle_in_transaction_session_timeout') AS idle_timeout,
  pg_catalog.current_setting('extra_float_digits') AS extra_float_digits,
  pg_catalog.current_setting('IntervalStyle') AS interval_style,
  pg_catalog.has_function_privilege(pg_catalog.to_regprocedure('pg_catalog.pg_control_system()'), 'EXECUTE') AS may_read_identifier
FROM pg_catalog.pg_database d, pg_catalog.pg_roles r
WHERE d.datname = pg_catalog.current_database() AND r.rolname = session_user`)
