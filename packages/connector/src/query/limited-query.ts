import { count, type QueryResult } from "@pgsd/driver"
import type { ConnectorQueryOptions } from "../database-connector.ts"
import { TooManyRowsError } from "../errors.ts"
import { boundedQuery } from "./bounded-query.ts"
import { Cursor } from "./cursor.ts"
import type { Session } from "./session.ts"
import { runSavepoint, runTransaction } from "./transaction.ts"

type Options = Omit<ConnectorQueryOptions, "maxRows">

// The first word, behind comments and opening parentheses.
const FIRST_WORD = /^(?:\s|\(|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)*(\w+)/
const READERS: ReadonlySet<string> = new Set(["select", "values", "table"])
const WRITERS: ReadonlySet<string> = new Set(["insert", "update", "delete", "merge"])
// A WITH that has one of these words may write. One that has it elsewhere only loses the cursor.
const WRITING = /\b(?:insert|update|delete|merge)\b/i

/**
 * A query whose result may have at most `maxRows` rows: one more than that is asked of a cursor, so an oversized result never
 * crosses the wire. A statement that cannot be a cursor is run as it is and counted afterwards; what it wrote (INSERT … RETURNING) is
 * undone when its rows are too many.
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
  const kind = kindOf(sql)
  if (kind === "other") return within(await boundedQuery<R>(connection, sql, params, options))
  return session.inTurn(async (ownsTransaction) => {
    if (kind === "writer") {
      const write = async () => within(await boundedQuery<R>(connection, sql, params, options))
      return ownsTransaction
        ? runTransaction(connection, { signal: options.signal }, write)
        : runSavepoint(connection, session.name("savepoint"), options.signal, write)
    }
    const statement = { name: session.name("cursor"), sql, params, begin: ownsTransaction ? ("BEGIN" as const) : undefined }
    const cursor = await Cursor.open(() => connection, statement, options)
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

function kindOf(sql: string): "reader" | "writer" | "other" {
  const word = FIRST_WORD.exec(sql)?.[1]?.toLowerCase() ?? ""
  if (READERS.has(word)) return "reader"
  if (WRITERS.has(word)) return "writer"
  if (word !== "with") return "other"
  return WRITING.test(sql) ? "writer" : "reader"
}
