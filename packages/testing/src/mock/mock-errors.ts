import { PgsdError } from "@pgsd/driver"

// Classes of `@pgsd/connector` by their brand: `instanceof` with the real ones is true of these.

/** A query's own `timeoutMs` passed. */
export class MockQueryTimeoutError extends PgsdError {
  static override readonly kind: string = "QueryTimeoutError"
  readonly timeoutMs: number

  constructor(timeoutMs: number, label: string) {
    super("PGSD_QUERY_TIMEOUT", `the query took longer than its timeoutMs of ${timeoutMs} ms`, { label })
    this.timeoutMs = timeoutMs
  }
}

/** A result had more rows than the call's `maxRows`. */
export class MockTooManyRowsError extends PgsdError {
  static override readonly kind: string = "TooManyRowsError"
  readonly maxRows: number

  constructor(maxRows: number, label: string) {
    super("PGSD_TOO_MANY_ROWS", `the result has more than maxRows (${maxRows}) rows`, { label })
    this.maxRows = maxRows
  }
}

export function connectorClosed(label: string, why: string): PgsdError {
  return new PgsdError("PGSD_CONNECTOR_CLOSED", `${label}: ${why}`, { label })
}

export function transactionInUse(label: string, fact: string): PgsdError {
  return new PgsdError("PGSD_TRANSACTION_IN_USE", fact, { label })
}
