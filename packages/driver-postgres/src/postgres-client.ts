import type { Reply, SocketClient, SocketSession, Statement, Wire } from "@pgsd/driver/socket"
import postgres from "postgres"
import { answerOpeningQuery } from "./opening-query.ts"
import { PostgresQuery } from "./postgres-query.ts"
import { sealedOptions } from "./sealed-options.ts"

/** What postgres.js' types do not say of a query. */
interface Internals {
  /** Puts a query on a connection, or into the queue. */
  readonly handler: (query: PostgresQuery) => void
}

const SETTLED = Promise.resolve()

/** Construct, send, goodbye. */
export class PostgresClient implements SocketClient {
  readonly native: postgres.Sql
  #handle: Internals["handler"] | undefined

  constructor(wire: Wire, session: SocketSession) {
    answerOpeningQuery(wire)
    this.native = postgres(sealedOptions(session, wire))
  }

  async connect(): Promise<void> {
    const opening = this.native.unsafe("")
    this.#handle = (opening as unknown as Internals).handler
    await opening
  }

  send(statement: Statement, reply: Reply): void {
    const query = new PostgresQuery(statement, reply)
    // Not at once: the Tap may tell of an answer that postgres.js has not read yet.
    SETTLED.then(() => this.#handle?.(query))
  }

  goodbye(): void {
    // Without it native calls after a loss wait for ever.
    this.native.end({ timeout: 0 }).catch(() => {})
  }
}
