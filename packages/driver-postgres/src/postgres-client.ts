import type { Field } from "@pgsd/driver"
import type { Reply, RowTexts, SocketClient, SocketSession, Statement, Wire } from "@pgsd/driver/socket"
import postgres from "postgres"
import { refuseCopy } from "./copy.ts"
import { answerOpeningQuery } from "./opening-query.ts"
import { sealedOptions } from "./sealed-options.ts"

interface Column {
  readonly name: string
  readonly type: number
  readonly table: number
  readonly number: number
}

/** What postgres.js' types do not say of a query. */
interface Query extends Promise<unknown> {
  /** Texts, encoded already. Given, they spare the round trip in which postgres.js asks for the types. */
  parameters?: readonly (string | null)[]
  readonly statement: { readonly columns?: readonly Column[] | null } | null
  values(): Query
  forEach(row: (texts: RowTexts) => void): Query
  forEachFn?: ((row: RowTexts) => void) | undefined
}

/** Construct, send, goodbye. */
export class PostgresClient implements SocketClient {
  readonly native: postgres.Sql

  constructor(wire: Wire, session: SocketSession) {
    answerOpeningQuery(wire)
    this.native = postgres(sealedOptions(session, wire))
  }

  async connect(): Promise<void> {
    await this.native.unsafe("")
  }

  send(statement: Statement, reply: Reply): void {
    const query = this.#query(statement)
    let columns: readonly Column[] | null | undefined
    // Of a text with several statements each row set has a list of columns of its own.
    const enterRowSet = () => {
      const current = query.statement?.columns
      if (current === columns || !current) return
      columns = current
      reply.rowSet(current.map(asField))
    }
    query
      .values()
      .forEach((texts) => {
        enterRowSet()
        reply.row(texts)
      })
      .then(
        (result) => {
          forget(query)
          if (!refuseCopy(result)) enterRowSet()
          reply.done()
        },
        (error: unknown) => {
          forget(query)
          reply.fail(error)
        },
      )
  }

  goodbye(): void {
    // Without it native calls after a loss wait for ever.
    this.native.end({ timeout: 0 }).catch(() => {})
  }

  #query(statement: Statement): Query {
    const { sql, values, name } = statement
    if (values === undefined) return this.native.unsafe(sql) as never
    // postgres.js knows a prepared statement by its text, and never forgets one: the name makes it another text when the server has.
    const text = name === undefined ? sql : `${sql}\n/* ${name} */`
    const query = this.native.unsafe(text, [], { simple: false, prepare: name !== undefined } as never) as unknown as Query
    query.parameters = values
    if (name !== undefined) neverRetry(query, statement)
    return query
  }
}

// V8 keeps a query of postgres.js until the next full collection, long after the last reference to it is gone (a Promise that holds
// a closure over its own resolve). With the rows in its hand a stream's old generation would grow by all that passes through.
function forget(query: Query): void {
  query.forEachFn = undefined
}

// postgres.js sends a prepared statement that the server has forgotten a second time, behind whatever is in flight.
function neverRetry(query: Query, statement: Statement): void {
  let prepared: unknown
  Object.defineProperty(query, "prepared", {
    get: () => prepared && !statement.refused,
    set: (value) => {
      prepared = value
    },
  })
}

function asField({ name, type, table, number }: Column): Field {
  // Signed: the system columns have negative numbers.
  return { name, typeId: type, tableId: table, columnId: (number << 16) >> 16 }
}
