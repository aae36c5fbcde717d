import type { QueryResult } from "@pgsd/driver"
import type { ConnectorQueryOptions } from "../database-connector.ts"
import { TooManyRowsError } from "../errors.ts"
import { count } from "../options.ts"
import { boundedQuery } from "./bounded-query.ts"
import { Cursor } from "./cursor.ts"
import type { Session } from "./session.ts"

type Options = Omit<ConnectorQueryOptions, "maxRows">

// What DECLARE CURSOR takes, behind comments and opening parentheses.
const CURSOR_STATEMENT = /^(?:\s|\(|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:select|values|table|with)\b/i

/**
 * A query whose result may have at most `maxRows` rows: one more than that is asked of a cursor, so an oversized result never
 * crosses the wire. A statement that cannot be a cursor (SHOW, INSERT … RETURNING) is run as it is and counted afterwards.
 */
export async function limitedQuery<R>(
  session: Session,
  sql: string,
  params: readonly unknown[] | undefined,
  maxRows: number,
  options: Options,
): Promise<QueryResult<R>> {
  count("maxRows", maxRows, 0, true)
  if (!CURSOR_STATEMENT.test(sql)) return within(maxRows, await boundedQuery<R>(session.connection, sql, params, options))
  return session.inTurn(async (ownsTransaction) => {
    const cursor = await Cursor.open(session.connection, session.name("cursor"), sql, params, options, ownsTransaction)
    try {
      const result = within(maxRows, await cursor.fetch<R>(maxRows + 1))
      await cursor.close()
      return { ...result, command: "SELECT" }
    } catch (error) {
      await cursor.abandon()
      throw error
    }
  })
}

function within<R>(maxRows: number, result: QueryResult<R>): QueryResult<R> {
  if (result.rows.length > maxRows) throw new TooManyRowsError(maxRows)
  return result
}
