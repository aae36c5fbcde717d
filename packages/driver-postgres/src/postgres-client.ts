import type { OpeningMessage, Reply, SocketClient, SocketSession, Statement, Wire } from "@pgsd/driver/socket"
import postgres from "postgres"
import { NativeCalls } from "./native-calls.ts"
import { answerOpeningQuery } from "./opening-query.ts"
import { PostgresQuery, sentText } from "./postgres-query.ts"
import { sealedOptions } from "./sealed-options.ts"
import { ServerNames } from "./server-names.ts"

/** What postgres.js' types do not say of a query. */
interface Query {
  /** Gives a query to the connection. */
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
    // This query is not awaited, so it is never sent.
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
    // Not at once: the answer that made room for it has been read by the Tap, and not yet by postgres.js.
    SETTLED.then(() => this.#handle(query))
  }

  wrote({ sql, values, name }: Statement, { type, body }: OpeningMessage): boolean {
    if (type === "query") return values === undefined && textAt(body, 0).text === asSent(sql)
    if (values === undefined) return false
    const first = textAt(body, 0)
    const second = textAt(body, first.next).text
    // Parse has the statement's name and its text, Bind the portal's name and the statement's.
    if (type === "parse") return second === asSent(sentText(sql, name))
    return name !== undefined && this.#names.has(name, second)
  }

  forget(name: string): readonly string[] {
    return this.#names.take(name)
  }

  disconnected(): void {
    // Without it native calls after a loss wait forever.
    this.#sql.end({ timeout: 0 }).catch(() => {})
  }
}

/** Half a surrogate pair is sent as U+FFFD. */
function asSent(text: string): string {
  return Buffer.from(text).toString()
}

function textAt(body: Buffer, start: number): { readonly text: string; readonly next: number } {
  const end = body.indexOf(0, start)
  return { text: body.toString("utf8", start, end), next: end + 1 }
}
