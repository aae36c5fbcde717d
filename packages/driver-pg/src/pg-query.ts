import type { Field } from "@pgsd/driver"
import type { Reply, RowTexts, Statement } from "@pgsd/driver/socket"
import pg from "pg"

interface FieldDescription {
  readonly name: string
  readonly dataTypeID: number
  readonly tableID: number
  readonly columnID: number
}

/**
 * A query that hands on what pg parsed instead of building pg's own result. pg's documented way of doing that is a
 * submittable; it has to be a pg.Query to be pipelined.
 */
export class PgQuery extends pg.Query {
  readonly #reply: Reply
  readonly #landed: () => void

  constructor({ sql, values, name }: Statement, reply: Reply, landed: () => void) {
    // Not as a config object: pg would copy it descriptor by descriptor, which costs more than the rest of the query.
    super(sql, values as string[] | undefined as never)
    Object.assign(this, { name, queryMode: values === undefined ? undefined : "extended" })
    this.#reply = reply
    this.#landed = landed
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
  }

  handleError(error: unknown): void {
    this.#landed()
    this.#reply.fail(error)
  }
}

function asField({ name, dataTypeID, tableID, columnID }: FieldDescription): Field {
  return { name, typeId: dataTypeID, tableId: tableID, columnId: columnID }
}
