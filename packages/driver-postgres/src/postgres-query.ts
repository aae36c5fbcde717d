import type { Field } from "@pgsd/driver"
import type { Reply, RowTexts, Statement } from "@pgsd/driver/socket"
import { refuseCopy } from "./copy.ts"
import type { ServerNames } from "./server-names.ts"
import type { WriteOrder } from "./write-order.ts"

interface Column {
  readonly name: string
  readonly type: number
  readonly table: number
  readonly number: number
}

/** A statement as postgres.js describes it. */
interface TheirStatement {
  readonly name: string
  readonly columns?: readonly Column[] | null
}

const NO_ARGUMENTS: readonly never[] = []

/**
 * Replaces the library's Query with the part that its connection reads. The original assigns arrow functions to its properties, which V8
 * allocates in the old generation, where they retain the query and everything it refers to until the next full collection. Promoting these
 * short-lived objects costs half as much CPU as the query.
 */
export class PostgresQuery {
  readonly strings: readonly [string]
  readonly args = NO_ARGUMENTS
  readonly tagged = false
  readonly options: { readonly simple: boolean; readonly prepare: boolean }
  /** Text, already encoded. Given, it saves the round trip in which postgres.js asks for the types. */
  readonly parameters: readonly (string | null)[] | undefined
  readonly isRaw = "values"
  /** The caller's stack. postgres.js looks it up by statement, in a map that retains every failed statement. */
  readonly origin = ""
  readonly #statement: Statement
  readonly reply: Reply
  readonly #names: ServerNames
  readonly #order: WriteOrder
  #theirs: TheirStatement | null = null
  #prepared: unknown = false
  #columns: readonly Column[] | null | undefined

  constructor(statement: Statement, reply: Reply, names: ServerNames, order: WriteOrder) {
    const { sql, values, name } = statement
    this.strings = [sentText(sql, name)]
    this.options = { simple: values === undefined, prepare: name !== undefined }
    this.parameters = values
    this.#statement = statement
    this.reply = reply
    this.#names = names
    this.#order = order
  }

  get state(): null {
    return null
  }

  /** Set by postgres.js just before it writes the query. */
  set state(_connection: unknown) {
    this.#order.push(this)
  }

  get statement(): TheirStatement | null {
    return this.#theirs
  }

  /** Set by postgres.js. */
  set statement(statement: TheirStatement | null) {
    this.#theirs = statement
    if (this.#statement.name !== undefined && statement !== null) this.#names.add(this.#statement.name, statement.name)
  }

  /** False for a statement that the server rejected: postgres.js would send it again, after whatever is in flight. */
  get prepared(): unknown {
    return this.#prepared && !this.#statement.refused
  }

  set prepared(value: unknown) {
    this.#prepared = value
  }

  forEachFn(texts: RowTexts): void {
    this.#enterRowSet()
    this.reply.row(texts)
  }

  resolve(result: unknown): void {
    if (!refuseCopy(result)) this.#enterRowSet()
    this.reply.done()
  }

  reject(error: unknown): void {
    this.reply.fail(error)
  }

  // With several statements in one string, each result has its own columns.
  #enterRowSet(): void {
    const columns = this.#theirs?.columns
    if (columns === this.#columns || !columns) return
    this.#columns = columns
    this.reply.rowSet(columns.map(asField))
  }
}

/** postgres.js identifies a prepared statement by its text and never forgets it: the name makes it a new text once the server has. */
function sentText(sql: string, name: string | undefined): string {
  return name === undefined ? sql : `${sql}\n/* ${name} */`
}

function asField({ name, type, table, number }: Column): Field {
  // Signed: system columns have negative numbers.
  return { name, typeId: type, tableId: table, columnId: (number << 16) >> 16 }
}
