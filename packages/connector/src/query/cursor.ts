import { type Connection, type QueryResult, quoteIdentifier } from "@pgsd/driver"
import type { StreamOptions } from "../database-connector.ts"
import { boundedQuery } from "./bounded-query.ts"

export type CursorOptions = Pick<StreamOptions, "signal" | "timeoutMs" | "types">

/** A server-side cursor of one statement: the server keeps the rows, we ask for as many as we want. */
export class Cursor {
  readonly #connection: Connection
  readonly #name: string
  readonly #options: CursorOptions
  /** The cursor began the transaction it lives in, and ends it. */
  readonly #ownsTransaction: boolean

  private constructor(connection: Connection, name: string, options: CursorOptions, ownsTransaction: boolean) {
    this.#connection = connection
    this.#name = quoteIdentifier(name)
    this.#options = options
    this.#ownsTransaction = ownsTransaction
  }

  /**
   * BEGIN (unless a transaction is under way) and DECLARE, sent together. The statement goes through the extended protocol even
   * without parameters, so that it can only be one.
   */
  static async open(
    connection: Connection,
    name: string,
    sql: string,
    params: readonly unknown[] | undefined,
    options: CursorOptions,
    ownsTransaction: boolean,
  ): Promise<Cursor> {
    const cursor = new Cursor(connection, name, options, ownsTransaction)
    const begun = ownsTransaction ? connection.query("BEGIN") : undefined
    const declared = boundedQuery(connection, `DECLARE ${cursor.#name} NO SCROLL CURSOR FOR ${sql}`, params ?? [], options)
    const [first, second] = await Promise.allSettled([begun, declared])
    const failure = [first, second].find((each) => each.status === "rejected")
    if (failure === undefined) return cursor
    await cursor.#rollBack()
    throw failure.reason
  }

  /** Up to `rows` rows; fewer means that there are no more. */
  fetch<R>(rows: number): Promise<QueryResult<R>> {
    return boundedQuery<R>(this.#connection, `FETCH FORWARD ${rows} FROM ${this.#name}`, undefined, this.#options)
  }

  /** One round trip. */
  async close(): Promise<void> {
    await this.#connection.query(this.#ownsTransaction ? "COMMIT" : `CLOSE ${this.#name}`)
  }

  /** After a failure or an early exit: never throws, whatever state the connection is in. */
  async abandon(): Promise<void> {
    const { status } = this.#connection
    if (status === "closed") return
    if (this.#ownsTransaction) return this.#rollBack()
    if (status === "transaction") await this.#connection.query(`CLOSE ${this.#name}`).catch(() => {})
  }

  async #rollBack(): Promise<void> {
    if (!this.#ownsTransaction || this.#connection.status === "closed") return
    // A connection that cannot even roll back must not be used again.
    await this.#connection.query("ROLLBACK").catch(() => this.#connection.destroy())
  }
}
