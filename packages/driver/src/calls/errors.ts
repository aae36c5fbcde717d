import { PgsdError } from "../errors.ts"
import { refusal } from "./late-calls.ts"

/** The codes that sessions add to the driver's. */
export type SessionErrorCode =
  | "PGSD_COMMIT_UNKNOWN" // the connection was lost, or commitTimeoutMs passed, before COMMIT was answered: it may or may not have happened
  | "PGSD_NOT_ONE_ROW" // one() got no row, or more than one
  | "PGSD_QUERY_TIMEOUT" // a statement's or a transaction's own timeoutMs passed
  | "PGSD_ROLLED_BACK" // nothing was committed although the callback succeeded
  | "PGSD_TOO_MANY_ROWS" // a result had more rows than maxRows
  | "PGSD_TRANSACTION_ENDED" // a call on the handle of a transaction that is over
  | "PGSD_TRANSACTION_IN_USE" // a call on a session or an outer transaction while a transaction inside it is open

/** The option that limited a call: its own, or the pool's. */
export type TimeoutOption = "timeoutMs" | "queryTimeoutMs" | "commitTimeoutMs"

/** A call took longer than its limit; the server was sent a cancel request. */
export class QueryTimeoutError extends PgsdError {
  static override readonly kind: string = "QueryTimeoutError"
  readonly timeoutMs: number

  /** @param option the one that counted */
  constructor(
    timeoutMs: number,
    label: string,
    what: "query" | "transaction" | "work" | "copy" | "check" = "query",
    option: TimeoutOption = "timeoutMs",
  ) {
    const fact = what === "copy" ? "COPY moved nothing for" : `the ${what} took longer than`
    const limit = { timeoutMs: "its timeoutMs", queryTimeoutMs: "the pool's queryTimeoutMs", commitTimeoutMs: "commitTimeoutMs" }[option]
    const own = option === "queryTimeoutMs" ? ", give the call a timeoutMs of its own" : ""
    super("PGSD_QUERY_TIMEOUT", `${label}: ${fact} ${limit} of ${timeoutMs} ms and was stopped`, {
      label,
      hint: `raise ${option}${own}, or see what it waits for in pg_stat_activity`,
    })
    this.timeoutMs = timeoutMs
  }
}

/** A result had more rows than the call's `maxRows`. */
export class TooManyRowsError extends PgsdError {
  static override readonly kind: string = "TooManyRowsError"
  readonly maxRows: number

  constructor(maxRows: number, label: string) {
    super("PGSD_TOO_MANY_ROWS", `${label}: the result has more than maxRows (${maxRows}) rows`, {
      label,
      hint: "read it with stream(), which holds one batch at a time, add a LIMIT, or raise maxRows",
    })
    this.maxRows = maxRows
  }
}

export function transactionInUse(label: string, fact: string): PgsdError {
  const hint = "use the handle that transaction() gives to its callback (a transaction on it is a savepoint), or another connection"
  return refusal(new PgsdError("PGSD_TRANSACTION_IN_USE", `${label}: ${fact}`, { label, hint }))
}

export function transactionEnded(label: string, fact = "this transaction has ended"): PgsdError {
  const hint = "await every call on the handle of a transaction before its callback returns"
  return refusal(new PgsdError("PGSD_TRANSACTION_ENDED", `${label}: ${fact}`, { label, hint }))
}

export function rolledBack(label: string, fact: string, cause?: unknown, hint?: string): PgsdError {
  return new PgsdError("PGSD_ROLLED_BACK", `${label}: ${fact}`, { label, cause, hint })
}

export function commitUnknown(label: string, fact: string, cause: unknown): PgsdError {
  const sqlState = cause instanceof PgsdError ? cause.sqlState : undefined
  return new PgsdError("PGSD_COMMIT_UNKNOWN", `${label}: ${fact} while COMMIT was under way`, {
    cause,
    label,
    sqlState,
    hint: "the transaction may or may not have been committed: look before doing it again",
  })
}
