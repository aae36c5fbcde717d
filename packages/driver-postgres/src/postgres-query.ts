import type { Field } from "@pgsd/driver"
import type { Reply, RowTexts, Statement } from "@pgsd/driver/socket"
import { refuseCopy } from "./copy.ts"
import type { ServerNames } from "./server-names.ts"

interface Column {
  readonly name: string
  readonly type: number
  readonly table: number
  readonly number: number
}

/** What postgres.js knows of a statement. */
interface TheirStatement {
  readonly name: string
  readonly columns?: readonly Column[] | null
}

const NO_ARGUMENTS: readonly never[] = []

/**
 * What postgres.js' connection reads of a query, in place of the library's own Query. That one assigns arrow functions to its
 * properties, and V8 allocates such functions in the old generation: until the next full collection they keep the query and all it
 * refers to. Promoting short-lived objects costs half as much CPU as the query.
 */
export class PostgresQuery {
  readonly strings: readonly [string]
  readonly args = NO_ARGUMENTS
  readonly tagged = false
  readonly options: { readonly simple: boolean; readonly prepare: boolean }
  /** Texts, encoded already. Given, they spare the round trip in which postgres.js asks for the types. */
  readonly parameters: readonly (string | null)[] | undefined
  readonly isRaw = "values"
  /** The caller's stack. postgres.js looks it up by the statement in a map that keeps every statement that failed. */
  readonly origin = ""
  readonly #statement: Statement
  readonly #reply: Reply
  readonly #names: ServerNames
  #theirs: TheirStatement | null = null
  #prepared: unknown = false
  #columns: readonly Column[] | null | undefined

  constructor(statement: Statement, reply: Reply, names: ServerNames) {
    const { sql, values, name } = statement
    this.strings = [sentText(sql, name)]
    this.options = { simple: values === undefined, prepare: name !== undefined }
    this.parameters = values
    this.#statement = statement
    this.#reply = reply
    this.#names = names
  }

  get statement(): TheirStatement | null {
    return this.#theirs
  }

  /** Set by postgres.js. */
  set statement(statement: TheirStatement | null) {
    this.#theirs = statement
    if (this.#statement.name !== undefined && statement !== null) this.#names.add(this.#statement.name, statement.name)
  }

  /** Not one that the server has refused: postgres.js would send it a second time, behind whatever is in flight. */
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
    const columns = this.#theirs?.columns
    if (columns === this.#columns || !columns) return
    this.#columns = columns
    this.#reply.rowSet(columns.map(asField))
  }
}

/** postgres.js knows a prepared statement by its text, and never forgets one: the name makes it another text when the server has. */
export function sentText(sql: string, name: string | undefined): string {
  return name === undefined ? sql : `${sql}\n/* ${name} */`
}

function asField({ name, type, table, number }: Column): Field {
  // Signed: the system columns have negative numbers.
  return { name, typeId: type, tableId: table, columnId: (number << 16) >> 16 }
}
