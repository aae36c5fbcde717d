import type { Field } from "@pgsd/driver"
import type { Reply, RowTexts, Statement } from "@pgsd/driver/socket"
import pg from "pg"

interface FieldDescription {
  readonly name: string
  readonly dataTypeID: number
  readonly tableID: number
  readonly columnID: number
}

function noop(): void {}

/** For the callback: the rows are the reply's. */
const NO_RESULT = Object.freeze({ rows: [], rowCount: null })

/**
 * A query that hands on what pg parsed instead of building pg's own result. pg's documented way of doing that is a
 * submittable; it has to be a pg.Query to be pipelined.
 */
export class PgQuery extends pg.Query {
  readonly #reply: Reply
  readonly #landed: () => void
  /** pg calls the callback of a query when it is over, and instrumentations wrap it to know. */
  callback: (error: unknown, result?: unknown) => void = noop

  constructor({ sql, values, name }: Statement, reply: Reply, landed: () => void) {
    // Not as a config object: pg would copy it descriptor by descriptor, which costs more than the rest of the query.
    super(sql, values as string[] | undefined as never)
    // An unnamed one has the empty name, as in the protocol: what rewrites queries that have no name (a comment in front of the text, for
    // one) makes a copy without our methods, which would not get its result.
    Object.assign(this, { name: name ?? "", queryMode: values === undefined ? undefined : "extended" })
    this.#reply = reply
    this.#landed = landed
  }

  /** Runs `write`, which is pg's own submit(). */
  writing(write: () => void): void {
    this.#reply.writing(write)
  }

  handleRowDescription({ fields }: { readonly fields: readonly FieldDescription[] }): void {
    this.#reply.rowSet(fields.map(asField))
  }

  handleDataRow({ fields }: { readonly fields: RowTexts }): void {
    this.#reply.row(fields)
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#landed()
    this.#reply.done()
    if (this.callback !== noop) this.callback(null, NO_RESULT)
  }

  handleError(error: unknown): void {
    this.#landed()
    this.#reply.fail(error)
    if (this.callback !== noop) this.callback(error)
  }
}

interface Submittable {
  submit(connection: unknown): unknown
}

const { submit } = pg.Query.prototype as unknown as Submittable

// The moment in which pg writes the query: what an instrumentation puts in front has been written by then. Not a method of the class:
// pg's types declare it as a property.
;(PgQuery.prototype as unknown as Submittable).submit = function (this: PgQuery, connection: unknown): unknown {
  let refused: unknown
  this.writing(() => {
    refused = submit.call(this, connection)
  })
  return refused
}

function asField({ name, dataTypeID, tableID, columnID }: FieldDescription): Field {
  return { name, typeId: dataTypeID, tableId: tableID, columnId: columnID }
}
