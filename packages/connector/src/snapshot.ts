import { abortSignal, checkOptions, milliseconds, type OptionTable } from "@pgsd/driver"
import type { TransactionOptions } from "@pgsd/driver/calls"
import type { SnapshotOptions } from "./database-connector.ts"

const SNAPSHOT_DEFAULTS = { statementTimeoutMs: 30_000, lockTimeoutMs: 2_000, idleInTransactionTimeoutMs: 60_000 } as const
const SNAPSHOT_OPTIONS: OptionTable<SnapshotOptions> = {
  statementTimeoutMs: milliseconds,
  lockTimeoutMs: milliseconds,
  idleInTransactionTimeoutMs: milliseconds,
  signal: abortSignal,
  timeoutMs: milliseconds,
}

/**
 * Settings that affect how the server prints a value. A database or role can set each of them, which would make two databases incomparable.
 */
export const PRINTING_SETTINGS = {
  standard_conforming_strings: "on",
  TimeZone: "UTC",
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  bytea_output: "hex",
  extra_float_digits: "3",
  quote_all_identifiers: "off",
  lc_monetary: "C",
} as const

/**
 * The options of a snapshot's transaction. `pg_temp` is listed last because it is searched first if unlisted, and a pooled session may have
 * a temporary table called pg_class. REPEATABLE READ rather than SERIALIZABLE, which a hot standby rejects.
 */
export function snapshotTransaction(options: SnapshotOptions): TransactionOptions {
  checkOptions("option of readOnlySnapshot", options, SNAPSHOT_OPTIONS)
  const given = { ...SNAPSHOT_DEFAULTS, ...definedOnly(options) }
  return {
    isolation: "repeatable read",
    readOnly: true,
    settings: {
      search_path: "pg_catalog, pg_temp",
      statement_timeout: timeoutText(given.statementTimeoutMs),
      lock_timeout: timeoutText(given.lockTimeoutMs),
      idle_in_transaction_session_timeout: timeoutText(given.idleInTransactionTimeoutMs),
      ...PRINTING_SETTINGS,
    },
    signal: options.signal,
    timeoutMs: options.timeoutMs,
  }
}

// The server's value for "none" is 0.
function timeoutText(value: number): string {
  return Number.isFinite(value) ? String(Math.ceil(value)) : "0"
}

function definedOnly<T extends object>(values: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<{
    [K in keyof T]: Exclude<T[K], undefined>
  }>
}
