import { type Connection, type QueryResult, quoteIdentifier } from "@pgsd/driver"
import type { StreamOptions } from "../database-connector.ts"
import { boundedQuery } from "./bounded-query.ts"
import { rollBack } from "./roll-back.ts"

export type CursorOptions = Pick<StreamOptions, "signal" | "timeoutMs" | "types">

export interface CursorStatement {
  readonly name: string
  readonly sql: string
  readonly params: readonly unknown[] | undefined
  /** How to begin the transaction it lives in, and ends with it; undefined inside one that is under way. */
  readonly begin: "BEGIN" | "BEGIN READ ONLY" | undefined
}

/** FETCH counts with 32 bits; no array holds so many rows. */
const MOST_FETCHED = 2 ** 31 - 1

/** The connection, as long as the transaction around the cursor lasts. @throws PgsdError PGSD_CONNECTOR_CLOSED after that */
type UseConnection = () => Connection

/** A server-side cursor of one statement: the server keeps the rows, we ask for as many as we want. */
export class Cursor {
  readonly #use: UseConnection
  readonly #name: string
  readonly #options: CursorOptions
  readonly #ownsTransaction: boolean

  private constructor(use: UseConnection, statement: CursorStatement, options: CursorOptions) {
    this.#use = use
    this.#name = quoteIdentifier(statement.name)
    // Not `prepare`: a cursor's text is never the same twice.
    this.#options = { signal: options.signal, timeoutMs: options.timeoutMs, types: options.types }
    this.#ownsTransaction = statement.begin !== undefined
  }

  /**
   * BEGIN (unless a transaction is under way) and DECLARE, sent together. The statement goes through the extended protocol even
   * without parameters, so that it can only be one.
   */
  static async open(use: UseConnection, statement: CursorStatement, options: CursorOptions): Promise<Cursor> {
    const { begin, sql, params = [] } = statement
    const connection = use()
    const cursor = new Cursor(use, statement, options)
    options.signal?.throwIfAborted()
    const begun = begin === undefined ? undefined : connection.query(begin)
    const declared = boundedQuery(connection, `DECLARE ${cursor.#name} NO SCROLL CURSOR FOR ${sql}`, params, cursor.#options)
    const [first, second] = await Promise.allSettled([begun, declared])
    const failure = [first, second].find((each) => each.status === "rejected")
    if (failure === undefined) return cursor
    if (cursor.#ownsTransaction) await rollBack(connection, "ROLLBACK")
    throw failure.reason
  }

  /** Up to `rows` rows; fewer means that there are no more. */
  async fetch<R>(rows: number): Promise<QueryResult<R>> {
    const text = `FETCH FORWARD ${Math.min(rows, MOST_FETCHED)} FROM ${this.#name}`
    return boundedQuery<R>(this.#use(), text, undefined, this.#options)
  }

  /** One round trip. */
  async close(): Promise<void> {
    const { timeoutMs } = this.#options
    await boundedQuery(this.#use(), this.#ownsTransaction ? "COMMIT" : `CLOSE ${this.#name}`, undefined, { timeoutMs })
  }

  /** After a failure or an early exit: never throws, whatever state the connection is in. */
  async abandon(): Promise<void> {
    const connection = this.#useStill()
    // Its transaction is over, and with it the cursor: what the connection does now is somebody else's.
    if (connection === undefined) return
    if (this.#ownsTransaction) return rollBack(connection, "ROLLBACK")
    if (connection.status === "transaction") await rollBack(connection, `CLOSE ${this.#name}`)
  }

  #useStill(): Connection | undefined {
    try {
      return this.#use()
    } catch {
      return undefined
    }
  }
}
