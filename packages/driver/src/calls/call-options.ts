import { PgsdError } from "../errors.ts"
import { abortSignal, count, flag, flagOrName, milliseconds, type OptionTable, oneOf } from "../options.ts"
import { quoteLiteral } from "../quote.ts"
import { faultOfParsers, PARSERS_HINT } from "./parsers.ts"
import type {
  BatchOptions,
  CallOptions,
  CopyFromOptions,
  CopyToOptions,
  IsolationLevel,
  NotifyOptions,
  SavepointOptions,
  StreamOptions,
  TransactionOptions,
} from "./queryable.ts"

const ISOLATION_LEVELS: readonly IsolationLevel[] = ["read committed", "repeatable read", "serializable"]

export const CALL_OPTIONS: OptionTable<CallOptions> = {
  signal: abortSignal,
  timeoutMs: milliseconds,
  maxRows: (name: string, value: number) => count(name, value, 0, true),
  prepare: flagOrName,
  types: parsers,
  rowMode: (name: string, value: "array") => oneOf(name, value, ["array"]),
  undefinedAs: (name: string, value: "null") => oneOf(name, value, ["null"]),
  results: (name: string, value: "all") => oneOf(name, value, ["all"]),
}

export const NOTIFY_OPTIONS: OptionTable<NotifyOptions> = { signal: abortSignal, timeoutMs: milliseconds }

export const BATCH_OPTIONS: OptionTable<BatchOptions> = {
  signal: abortSignal,
  timeoutMs: milliseconds,
  maxRows: CALL_OPTIONS.maxRows,
  types: parsers,
  rowMode: CALL_OPTIONS.rowMode,
  undefinedAs: CALL_OPTIONS.undefinedAs,
}

export const STREAM_OPTIONS: OptionTable<StreamOptions> = {
  signal: abortSignal,
  timeoutMs: milliseconds,
  batchSize: (name: string, value: number) => count(name, value, 1),
  types: parsers,
  rowMode: CALL_OPTIONS.rowMode,
  undefinedAs: CALL_OPTIONS.undefinedAs,
}

export const COPY_TO_OPTIONS: OptionTable<CopyToOptions> = { signal: abortSignal, timeoutMs: milliseconds }
export const COPY_FROM_OPTIONS: OptionTable<CopyFromOptions> = { ...COPY_TO_OPTIONS, undefinedAs: CALL_OPTIONS.undefinedAs }

export const SAVEPOINT_OPTIONS: OptionTable<SavepointOptions> = { signal: abortSignal, timeoutMs: milliseconds }

export const TRANSACTION_OPTIONS: OptionTable<TransactionOptions> = {
  ...SAVEPOINT_OPTIONS,
  isolation: (name: string, value: IsolationLevel) => oneOf(name, value, ISOLATION_LEVELS),
  readOnly: flag,
  deferrable: flag,
  retries: (name: string, value: number) => count(name, value, 0, true),
  settings,
  commitTimeoutMs: milliseconds,
}

function parsers(name: string, value: unknown): void {
  const fault = faultOfParsers(value)
  if (fault === undefined) return
  throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be an object of parsers by type OID, not one ${fault}`, { hint: PARSERS_HINT })
}

function settings(name: string, value: Readonly<Record<string, string>>): void {
  if (typeof value !== "object" || value === null) throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be an object of strings`)
  for (const [setting, text] of Object.entries(value))
    if (typeof text !== "string") throw new PgsdError("PGSD_INVALID_OPTION", `${name}["${setting}"] must be a string`)
}

/** BEGIN with the transaction's modes and settings: one string, one round trip. The options are validated. */
export function beginText({ isolation, readOnly, deferrable, settings = {} }: TransactionOptions): string {
  const modes: string[] = []
  if (isolation !== undefined) modes.push(`ISOLATION LEVEL ${isolation.toUpperCase()}`)
  if (readOnly !== undefined) modes.push(readOnly ? "READ ONLY" : "READ WRITE")
  if (deferrable === true) modes.push("DEFERRABLE")
  const begin = modes.length === 0 ? "BEGIN" : `BEGIN ${modes.join(", ")}`
  const calls = Object.entries(settings).map(
    ([name, value]) => `pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, true)`,
  )
  return calls.length === 0 ? begin : `${begin}; SELECT ${calls.join(", ")}`
}
