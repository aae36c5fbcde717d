import type { Reply, SocketClient, SocketSession, Statement, Wire } from "@pgsd/driver/socket"
import postgres from "postgres"
import { NativeCalls } from "./native-calls.ts"
import { answerOpeningQuery } from "./opening-query.ts"
import { PostgresQuery } from "./postgres-query.ts"
import { sealedOptions } from "./sealed-options.ts"
import { ServerNames } from "./server-names.ts"
import { type Link, WriteOrder } from "./write-order.ts"

/** Members of a query that postgres.js' types omit. */
interface Query {
  /** Passes a query to the connection. */
  readonly handler: (query: PostgresQuery) => void
}

const SETTLED = Promise.resolve()

/** Constructs the client, sends statements and ends it. */
export class PostgresClient implements SocketClient {
  readonly #sql: postgres.Sql
  readonly #native: NativeCalls
  readonly #handle: Query["handler"]
  readonly #names = new ServerNames()
  readonly #order = new WriteOrder()

  constructor(wire: Wire, session: SocketSession) {
    answerOpeningQuery(wire)
    this.#sql = postgres(sealedOptions(session, wire))
    this.#native = new NativeCalls(this.#sql)
    // Not awaited, so it is never sent.
    const { handler } = this.#sql.unsafe("") as unknown as Query
    this.#handle = handler
  }

  async connect(): Promise<void> {
    const onexecute = (link: Link) => this.#order.attach(link)
    await this.#sql.unsafe("", [], { onexecute } as object)
  }

  get native(): postgres.Sql {
    return this.#native.sql
  }

  get nativePending(): boolean {
    return this.#native.pending || this.#order.isReserved
  }

  send(statement: Statement, reply: Reply): void {
    const query = new PostgresQuery(statement, reply, this.#names, this.#order)
    // Deferred: the Tap has read the response that made room, postgres.js has not.
    SETTLED.then(() => this.#handle(query))
  }

  written(): Reply | undefined {
    const query = this.#order.take()
    if (query instanceof PostgresQuery) return query.reply
    this.#native.written(query)
    return undefined
  }

  forget(name: string): readonly string[] {
    return this.#names.take(name)
  }

  disconnected(): void {
    // Otherwise native calls after a loss would never settle.
    this.#sql.end({ timeout: 0 }).catch(() => {})
  }
}
