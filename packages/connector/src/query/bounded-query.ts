import { type Connection, limit, milliseconds, type QueryResult } from "@pgsd/driver"
import type { ConnectorQueryOptions } from "../database-connector.ts"
import { QueryTimeoutError } from "../errors.ts"

/** A query whose signal also fires at its own timeout; the driver then stops it on the server. */
export async function boundedQuery<R>(
  connection: Connection,
  sql: string,
  params: readonly unknown[] | undefined,
  options: Omit<ConnectorQueryOptions, "maxRows">,
): Promise<QueryResult<R>> {
  const { timeoutMs = Number.POSITIVE_INFINITY, signal, prepare, types } = options
  milliseconds("timeoutMs", timeoutMs)
  const bounds = limit(signal, timeoutMs, () => new QueryTimeoutError(timeoutMs, connection.info.label))
  try {
    return await connection.query<R>(sql, params, { signal: bounds.signal, prepare, types })
  } finally {
    bounds.end()
  }
}
