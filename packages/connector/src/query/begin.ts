import { milliseconds, PgsdError, quoteLiteral, refuseUnknownOptions } from "@pgsd/driver"
import type { IsolationLevel, SnapshotOptions, TransactionOptions } from "../database-connector.ts"

const ISOLATION: Readonly<Record<IsolationLevel, string>> = {
  "read committed": "READ COMMITTED",
  "repeatable read": "REPEATABLE READ",
  serializable: "SERIALIZABLE",
}

/** BEGIN with its modes and the transaction's own settings: one text, one round trip. */
export function beginText(options: TransactionOptions): string {
  const modes = [isolationMode(options.isolation), accessMode(options.readOnly), options.deferrable === true ? "DEFERRABLE" : undefined]
  const begin = ["BEGIN", modes.filter((each) => each !== undefined).join(", ")].filter((each) => each !== "").join(" ")
  const settings = Object.entries(options.settings ?? {})
  if (settings.length === 0) return begin
  const calls = settings.map(([name, value]) => `pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, true)`)
  return `${begin}; SELECT ${calls.join(", ")}`
}

function isolationMode(level: IsolationLevel | undefined): string | undefined {
  if (level === undefined) return undefined
  if (Object.hasOwn(ISOLATION, level)) return `ISOLATION LEVEL ${ISOLATION[level]}`
  throw new PgsdError("PGSD_INVALID_OPTION", `isolation must be one of ${Object.keys(ISOLATION).join(", ")}`)
}

function accessMode(readOnly: boolean | undefined): string | undefined {
  return readOnly === undefined ? undefined : readOnly ? "READ ONLY" : "READ WRITE"
}

const SNAPSHOT_DEFAULTS = { statementTimeoutMs: 30_000, lockTimeoutMs: 2_000, idleInTransactionTimeoutMs: 60_000 } as const
const SNAPSHOT_OPTIONS = [
  "statementTimeoutMs",
  "lockTimeoutMs",
  "idleInTransactionTimeoutMs",
  "signal",
] as const satisfies readonly (keyof SnapshotOptions)[]

/** What decides how the server prints a value; a database or role can set each of them, and two databases are then not comparable. */
const PRINTING = {
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
 * The transaction of a careful reader. `pg_temp` is named last because an unnamed one is searched first, and a pooled session
 * may hold a temporary table called pg_class. REPEATABLE READ and not SERIALIZABLE: a hot standby refuses the latter.
 */
export function snapshotTransaction(options: SnapshotOptions): TransactionOptions {
  refuseUnknownOptions("option of readOnlySnapshot", options, SNAPSHOT_OPTIONS)
  const given = { ...SNAPSHOT_DEFAULTS, ...definedOnly(options) }
  return {
    isolation: "repeatable read",
    readOnly: true,
    settings: {
      search_path: "pg_catalog, pg_temp",
      statement_timeout: timeoutText("statementTimeoutMs", given.statementTimeoutMs),
      lock_timeout: timeoutText("lockTimeoutMs", given.lockTimeoutMs),
      idle_in_transaction_session_timeout: timeoutText("idleInTransactionTimeoutMs", given.idleInTransactionTimeoutMs),
      ...PRINTING,
    },
    signal: options.signal,
  }
}

// The server's "none" is 0.
function timeoutText(name: string, value: number): string {
  return Number.isFinite(milliseconds(name, value)) ? String(Math.ceil(value)) : "0"
}

function definedOnly<T extends object>(values: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<{
    [K in keyof T]: Exclude<T[K], undefined>
  }>
}
