import type { Row } from "../contract.ts"
import { PgsdError } from "../errors.ts"

/** @throws PgsdError PGSD_NOT_ONE_ROW if there is none or more than one */
export function onlyRow<R = Row>(rows: readonly R[], label: string): R {
  if (rows.length === 1) return rows[0]!
  throw notOneRow(rows.length, label)
}

/** @throws PgsdError PGSD_NOT_ONE_ROW if there is more than one */
export function rowOrNone<R = Row>(rows: readonly R[], label: string): R | undefined {
  if (rows.length <= 1) return rows[0]
  throw notOneRow(rows.length, label)
}

function notOneRow(found: number, label: string): PgsdError {
  return new PgsdError("PGSD_NOT_ONE_ROW", `${label}: expected one row, got ${found === 0 ? "none" : found}`, { label })
}
