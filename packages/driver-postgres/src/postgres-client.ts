import type { OpeningMessage, Reply, SocketClient, SocketSession, Statement, Wire } from "@pgsd/driver/socket"
import postgres from "postgres"
import { NativeCalls } from "./native-calls.ts"
import { answerOpeningQuery } from "./opening-query.ts"
import { PostgresQuery, sentText } from "./postgres-query.ts"
import { sealedOptions } from "./sealed-options.ts"
import { ServerNames } from "./server-names.ts"

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

  constructor(wire: Wire, session: SocketSession) {
    answerOpeningQuery(wire)
    this.#sql = postgres(sealedOptions(session, wire))
    this.#native = new NativeCalls(this.#sql)
    // Not awaited, so it is never sent.
    const { handler } = this.#sql.unsafe("") as unknown as Query
    this.#handle = handler
  }

  async connect(): Promise<void> {
    await this.#sql.unsafe("")
  }

  get native(): postgres.Sql {
    return this.#native.sql
  }

  get nativePending(): boolean {
    return this.#native.pending
  }

  nativeWritten(): void {
    this.#native.written()
  }

  send(statement: Statement, reply: Reply): void {
    const query = new PostgresQuery(statement, reply, this.#names)
    // Deferred: the Tap has read the response that made room, postgres.js has not.
    SETTLED.then(() => this.#handle(query))
  }

  wrote({ sql, values, name }: Statement, { type, body }: OpeningMessage): boolean {
    if (type === "query") return values === undefined && textAt(body, 0).text === asSent(sql)
    if (values === undefined) return false
    const first = textAt(body, 0)
    const second = textAt(body, first.next).text
    // Parse contains the statement's name and text, Bind the names of the portal and the statement.
    if (type === "parse") return second === asSent(sentText(sql, name))
    return name !== undefined && this.#names.has(name, second)
  }

  forget(name: string): readonly string[] {
    return this.#names.take(name)
  }

  disconnected(): void {
    // Otherwise native calls after a loss would never settle.
    this.#sql.end({ timeout: 0 }).catch(() => {})
  }
}

/** An unpaired surrogate is sent as U+FFFD. */
function asSent(text: string): string {
  return Buffer.from(text).toString()
}

function textAt(body: Buffer, start: number): { readonly text: string; readonly next: number } {
  const end = body.indexOf(0, start)
  return { text: body.toString("utf8", start, end), next: end + 1 }
}
