import { checkStatement, type ServerError } from "@pgsd/driver"
import { Outbox, type Reply, type RowShape, type SocketClient, type SocketSession, type Statement, type Wire } from "@pgsd/driver/socket"
import { logIn } from "./login/log-in.ts"
import { type PreparedStatement, PreparedStatements } from "./prepared-statements.ts"
import { rowSetOf } from "./rows/row-sets.ts"

/** The type of `connection.native`: what the contract does not cover. */
export interface WireNative {
  /**
   * Sends a string by the simple protocol, in its place among the other statements, and discards the rows. Not subject to limits or
   * signals.
   *
   * @throws Error with the server's message and `sqlState`, or because the connection is closed
   */
  query(sql: string): Promise<void>
}

interface NativeCall {
  resolve(): void
  reject(error: Error): void
}

/** Constructs the client, sends statements and ends it. */
export class WireClient implements SocketClient {
  readonly native: WireNative = { query: (sql) => this.#nativeQuery(sql) }
  readonly #wire: Wire
  readonly #session: SocketSession
  readonly #out: Outbox
  readonly #prepared = new PreparedStatements()
  readonly #nativeCalls: NativeCall[] = []

  constructor(wire: Wire, session: SocketSession) {
    this.#wire = wire
    this.#session = session
    this.#out = new Outbox((bytes) => wire.write(bytes))
  }

  connect(): Promise<void> {
    return logIn(this.#wire, this.#session)
  }

  send(statement: Statement, reply: Reply): void {
    const { sql, values, name } = statement
    if (values === undefined) this.#out.query(sql)
    else if (name === undefined) this.#parsed("", sql, values)
    else this.#named(name, values, statement, reply)
    this.#out.post()
    // The toolkit reads the response.
    reply.done()
  }

  describe(statement: Statement, bytes: Buffer, start: number, end: number): RowShape {
    const rowSet = rowSetOf(bytes, start, end, statement.types)
    if (statement.name !== undefined) this.#prepared.described(statement, rowSet)
    return rowSet.reader(statement.asArrays)
  }

  answered(statement: Statement | undefined, error: ServerError | undefined): void {
    if (statement === undefined) this.#nativeAnswered(error)
    else if (statement.name !== undefined) this.#prepared.answered(statement, error !== undefined)
  }

  disconnected(): void {
    for (const call of this.#nativeCalls.splice(0)) call.reject(closed())
  }

  #parsed(name: string, sql: string, values: readonly (string | null)[]): void {
    this.#out.parse(name, sql)
    this.#bound(name, values)
  }

  #bound(name: string, values: readonly (string | null)[]): void {
    this.#out.bind(name, values)
    this.#out.describe()
    this.#out.execute()
  }

  #named(name: string, values: readonly (string | null)[], statement: Statement, reply: Reply): void {
    const prepared = this.#prepared.get(statement.sql)
    if (prepared === undefined || prepared.name !== name || prepared.state === "refused") this.#prepare(name, values, statement, prepared)
    // Whether the server accepts it is not known yet.
    else if (prepared.state === "parsing") this.#parsed("", statement.sql, values)
    else if (prepared.isDescribed(statement)) this.#execute(prepared, values, statement, reply)
    else this.#bound(name, values)
  }

  #prepare(name: string, values: readonly (string | null)[], statement: Statement, before: PreparedStatement | undefined): void {
    // Parse may have succeeded although the statement failed, and an unclosed statement stays in the server's memory.
    const obsolete = before ?? this.#prepared.evict()
    if (obsolete !== undefined) this.#out.close(obsolete.name)
    this.#prepared.add(name, statement)
    this.#parsed(name, statement.sql, values)
  }

  #execute({ name, rowSet }: PreparedStatement, values: readonly (string | null)[], { asArrays }: Statement, reply: Reply): void {
    const formats = rowSet?.formats
    if (rowSet !== undefined) reply.shape(formats === undefined ? rowSet.reader(asArrays) : rowSet.binaryReader(asArrays))
    this.#out.bind(name, values, formats)
    this.#out.execute()
  }

  #nativeAnswered(error: ServerError | undefined): void {
    const call = this.#nativeCalls.shift()
    if (error === undefined) call?.resolve()
    else call?.reject(Object.assign(new Error(error.message), { sqlState: error.sqlState }))
  }

  #nativeQuery(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#wire.destroyed) throw closed()
      checkStatement(sql)
      this.#nativeCalls.push({ resolve, reject })
      this.#out.query(sql)
      this.#out.post()
    })
  }
}

function closed(): Error {
  return new Error("the connection is closed")
}
