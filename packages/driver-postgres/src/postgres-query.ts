import type { Field } from "@pgsd/driver"
import type { Reply, RowTexts, Statement } from "@pgsd/driver/socket"
import { refuseCopy } from "./copy.ts"

interface Column {
  readonly name: string
  readonly type: number
  readonly table: number
  readonly number: number
}

const NO_ARGUMENTS: readonly never[] = []

/**
 * What postgres.js' connection needs to know of a query, and no Promise. The library's own Query is one that holds a closure over its
 * own resolve; V8 keeps such a thing until the next full collection, with all it refers to, and moving what should have died young
 * costs as much as the query.
 */
export class PostgresQuery {
  readonly strings: readonly [string]
  readonly options: { readonly simple: boolean; readonly prepare: boolean }
  /** Texts, encoded already. Given, they spare the round trip in which postgres.js asks for the types. */
  readonly parameters: readonly (string | null)[] | undefined
  readonly tagged = false
  readonly args = NO_ARGUMENTS
  readonly isRaw = "values"
  /** For the stack of an error. postgres.js' own remembers the text of each that failed, for ever. */
  readonly origin = ""
  // Set by postgres.js.
  active = false
  cancelled = null
  state: unknown = null
  statement: { readonly columns?: readonly Column[] | null } | null = null
  readonly #statement: Statement
  readonly #reply: Reply
  #columns: readonly Column[] | null | undefined
  #prepared: unknown = false

  constructor(statement: Statement, reply: Reply) {
    const { sql, values, name } = statement
    // postgres.js knows a prepared statement by its text, and never forgets one: the name makes it another text when the server has.
    this.strings = [name === undefined ? sql : `${sql}\n/* ${name} */`]
    this.options = { simple: values === undefined, prepare: name !== undefined }
    this.parameters = values
    this.#statement = statement
    this.#reply = reply
  }

  /** False once the server has refused it: postgres.js would send it a second time, behind whatever is in flight. */
  get prepared(): unknown {
    return this.#prepared && !this.#statement.refused
  }

  set prepared(value: unknown) {
    this.#prepared = value
  }

  forEachFn(texts: RowTexts): void {
    this.#enterRowSet()
    this.#reply.row(texts)
  }

  resolve(result: unknown): void {
    if (!refuseCopy(result)) this.#enterRowSet()
    this.#reply.done()
  }

  reject(error: unknown): void {
    this.#reply.fail(error)
  }

  // Of a text with several statements each row set has a list of columns of its own.
  #enterRowSet(): void {
    const columns = this.statement?.columns
    if (columns === this.#columns || !columns) return
    this.#columns = columns
    this.#reply.rowSet(columns.map(asField))
  }
}

function asField({ name, type, table, number }: Column): Field {
  // Signed: the system columns have negative numbers.
  return { name, typeId: type, tableId: table, columnId: (number << 16) >> 16 }
}
