import { type Connection, limit, milliseconds, type QueryResult } from "@pgsd/driver"
import type { ConnectorQueryOptions } from "../database-connector.ts"
import { QueryTimeoutError } from "../errors.ts"

/**
 * A query whose signal also fires at its own timeout; the driver then stops it on the server.
 *
 * @param whenMay what must be over before it is sent, on its time
 */
export async function boundedQuery<R>(
  connection: Connection,
  sql: string,
  params: readonly unknown[] | undefined,
  options: Omit<ConnectorQueryOptions, "maxRows">,
  whenMay?: (signal: AbortSignal | undefined) => Promise<void> | undefined,
): Promise<QueryResult<R>> {
  const { timeoutMs = Number.POSITIVE_INFINITY, signal, prepare, types } = options
  milliseconds("timeoutMs", timeoutMs)
  const bounds = limit(signal, timeoutMs, () => new QueryTimeoutError(timeoutMs, connection.info.label))
  try {
    // Not awaited for nothing: queries issued together share a round trip.
    const wait = whenMay?.(bounds.signal)
    if (wait !== undefined) await wait
    return await connection.query<R>(sql, params, { signal: bounds.signal, prepare, types })
  } finally {
    bounds.end()
  }
}
