import { count, type QueryResult } from "@pgsd/driver"
import type { ConnectorQueryOptions } from "../database-connector.ts"
import { TooManyRowsError } from "../errors.ts"
import { boundedQuery } from "./bounded-query.ts"
import { Cursor } from "./cursor.ts"
import type { Session } from "./session.ts"

type Options = Omit<ConnectorQueryOptions, "maxRows">

// What DECLARE CURSOR takes, behind comments and opening parentheses …
const CURSOR_STATEMENT = /^(?:\s|\(|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:select|values|table|(with))\b/i
// … but not when a WITH writes. A reader that has the word elsewhere only loses the cursor.
const WRITING = /\b(?:insert|update|delete|merge)\b/i

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
  const { connection } = session
  const within = (result: QueryResult<R>) => {
    if (result.rows.length > maxRows) throw new TooManyRowsError(maxRows, connection.info.label)
    return result
  }
  if (!canBeCursor(sql)) return within(await boundedQuery<R>(connection, sql, params, options))
  return session.inTurn(async (ownsTransaction) => {
    const statement = { name: session.name("cursor"), sql, params, begin: ownsTransaction ? ("BEGIN" as const) : undefined }
    const cursor = await Cursor.open(connection, statement, options)
    try {
      const result = within(await cursor.fetch<R>(maxRows + 1))
      await cursor.close()
      return { ...result, command: "SELECT" }
    } catch (error) {
      await cursor.abandon()
      throw error
    }
  })
}

function canBeCursor(sql: string): boolean {
  const match = CURSOR_STATEMENT.exec(sql)
  return match !== null && !(match[1] !== undefined && WRITING.test(sql))
}
