import type { Field } from "@pgsd/driver"
import type { Reply, RowTexts, Statement } from "@pgsd/driver/socket"
import pg from "pg"

interface FieldDescription {
  readonly name: string
  readonly dataTypeID: number
  readonly tableID: number
  readonly columnID: number
}

/** The client, as far as its queries need it. */
interface QueryClient {
  writing: Reply | undefined
  landed(): void
}

function noop(): void {}

/** The result for the callback; the rows go to the reply. */
const NO_RESULT = Object.freeze({ rows: [], rowCount: null })

/**
 * Passes on what pg parses without building pg's own result. pg's documented way for that is a submittable; only a pg.Query is pipelined.
 */
export class PgQuery extends pg.Query {
  readonly #reply: Reply
  readonly #client: QueryClient
  /** pg calls a query's callback when it ends; instrumentation wraps it for that reason. */
  callback: (error: unknown, result?: unknown) => void = noop

  constructor({ sql, values, name }: Statement, reply: Reply, client: QueryClient) {
    // Not a config object: pg would copy it property by property, which costs more than the rest of the query.
    super(sql, values as string[] | undefined as never)
    // An unnamed statement has the empty name, as in the protocol: tools that rewrite unnamed queries (to prepend a comment, for example)
    // make a copy without these methods, which would get no result.
    Object.assign(this, { name: name ?? "", queryMode: values === undefined ? undefined : "extended" })
    this.#reply = reply
    this.#client = client
  }

  /** pg's submit(), which writes the query. */
  write(connection: unknown): unknown {
    this.#client.writing = this.#reply
    try {
      return submit.call(this, connection)
    } finally {
      this.#client.writing = undefined
    }
  }

  handleRowDescription({ fields }: { readonly fields: readonly FieldDescription[] }): void {
    this.#reply.rowSet(fields.map(asField))
  }

  handleDataRow({ fields }: { readonly fields: RowTexts }): void {
    this.#reply.row(fields)
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#client.landed()
    this.#reply.done()
    if (this.callback !== noop) this.callback(null, NO_RESULT)
  }

  handleError(error: unknown): void {
    this.#client.landed()
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
;(PgQuery.prototype as unknown as Submittable).submit = PgQuery.prototype.write

function asField({ name, dataTypeID, tableID, columnID }: FieldDescription): Field {
  return { name, typeId: dataTypeID, tableId: tableID, columnId: columnID }
}
