import type { DriverErrorCode, Meaning } from "./codes.ts"

/**
 * The meaning of the server's SQLSTATEs: one row per state, or per class by its first two characters. Source: PostgreSQL documentation,
 * appendix A. Not listed: PGSD_QUERY_FAILED, not retryable.
 */
const SQLSTATES: Readonly<Record<string, Meaning>> = {
  "08": { code: "PGSD_CONNECTION_LOST", retryable: true }, // connection exceptions
  "08P01": { code: "PGSD_PROTOCOL_VIOLATION", retryable: false }, // what poolers say under it: pooler-messages.ts
  "23": { code: "PGSD_CONSTRAINT_VIOLATION", retryable: false }, // not null, foreign key, unique, check, exclusion
  "25006": { code: "PGSD_READ_ONLY", retryable: false }, // a write on a standby: another connection may do, this one will not
  "25P02": { code: "PGSD_TRANSACTION_FAILED", retryable: false }, // in a failed transaction
  "25P03": { code: "PGSD_CONNECTION_LOST", retryable: true }, // idle_in_transaction_session_timeout, FATAL
  "25P04": { code: "PGSD_CONNECTION_LOST", retryable: true }, // transaction_timeout (17), FATAL
  "28": { code: "PGSD_AUTH_FAILED", retryable: false }, // 28000: no role, NOLOGIN, pg_hba.conf; 28P01: password
  "3D000": { code: "PGSD_DATABASE_NOT_FOUND", retryable: false },
  "40001": { code: "PGSD_SERIALIZATION_FAILURE", retryable: true },
  "40P01": { code: "PGSD_DEADLOCK", retryable: true },
  "42501": { code: "PGSD_PERMISSION_DENIED", retryable: false },
  "53": { code: "PGSD_OUT_OF_RESOURCES", retryable: true }, // disk, memory, configured limits
  "53300": { code: "PGSD_TOO_MANY_CONNECTIONS", retryable: true }, // max_connections, CONNECTION LIMIT
  "55P03": { code: "PGSD_LOCK_TIMEOUT", retryable: true }, // lock_timeout, NOWAIT
  "57014": { code: "PGSD_QUERY_CANCELED", retryable: false }, // statement_timeout or a cancel request
  "57P01": { code: "PGSD_CONNECTION_LOST", retryable: true }, // pg_terminate_backend, fast shutdown
  "57P02": { code: "PGSD_CONNECTION_LOST", retryable: true }, // another backend crashed
  "57P03": { code: "PGSD_SERVER_NOT_READY", retryable: true }, // starting up, shutting down, in recovery
  "57P04": { code: "PGSD_DATABASE_NOT_FOUND", retryable: false }, // dropped during the session
  "57P05": { code: "PGSD_CONNECTION_LOST", retryable: true }, // idle_session_timeout
  "58": { code: "PGSD_OUT_OF_RESOURCES", retryable: true }, // system errors: I/O, missing files
}

const OTHER: Meaning = { code: "PGSD_QUERY_FAILED", retryable: false }

const SESSION_ENDS: readonly DriverErrorCode[] = ["PGSD_CONNECTION_LOST", "PGSD_PROTOCOL_VIOLATION"]

/**
 * `sessionLives`: the server reported an ERROR in a session, which only FATAL and PANIC end. Class 08 then concerns another connection
 * (dblink, postgres_fdw), a malformed request (too few parameters: 08P01), or was raised by a function.
 */
export function meaningOfSqlState(sqlState: string, sessionLives = false): Meaning {
  const meaning = SQLSTATES[sqlState] ?? SQLSTATES[sqlState.slice(0, 2)] ?? OTHER
  return sessionLives && SESSION_ENDS.includes(meaning.code) ? OTHER : meaning
}
