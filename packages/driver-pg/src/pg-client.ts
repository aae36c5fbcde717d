import type { Reply, SocketClient, SocketSession, Statement, Wire } from "@pgsd/driver/socket"
import pg from "pg"
import { PgQuery } from "./pg-query.ts"

/** What pg's types do not say of a client. */
interface Internals {
  /** May be switched on at any time, and off while nothing is in flight. */
  pipeline: boolean
  password: string | null
  readonly connectionParameters: { password: string | null }
  /** Texts by the names of their statements. */
  readonly connection: { readonly parsedStatements: Record<string, string> }
}

/** Constructs the client, sends statements and ends it. */
export class PgClient implements SocketClient {
  readonly native: pg.Client
  #underWay = 0

  constructor(wire: Wire, session: SocketSession, construct: ((config: Readonly<Record<string, unknown>>) => unknown) | undefined) {
    const config = {
      stream: () => wire as never,
      // Given, so that no PG* variable is asked, and for instrumentations to show. Never dialled: the wire is connected.
      host: session.host,
      port: session.port,
      user: session.user,
      database: session.database,
      password: () => session.password(),
      ssl: false,
      sslnegotiation: "postgres",
      enableChannelBinding: session.channelBinding,
      // The toolkit has capped them already.
      scramMaxIterations: 0,
    }
    const client = construct === undefined ? new pg.Client(config as pg.ClientConfig) : construct(config)
    // Of another copy of pg its queries would not be this one's.
    if (!(client instanceof pg.Client)) throw new TypeError("the client option of pgDriver() gave no pg.Client of the same copy of pg")
    this.native = client
    // Without a listener an error event ends the process.
    this.native.on("error", (error) => session.fail(error))
  }

  async connect(): Promise<void> {
    await this.native.connect()
    // Kept in the clear otherwise; pg never asks again.
    const internals = this.native as unknown as Internals
    internals.password = null
    internals.connectionParameters.password = null
  }

  send(statement: Statement, reply: Reply): void {
    this.#underWay += 1
    // pg refuses cursors and COPY streams on `native` while it pipelines, so it does so only when there is something to share.
    if (this.#underWay === 2) (this.native as unknown as Internals).pipeline = true
    this.native.query(new PgQuery(statement, reply, this.#landed))
  }

  forget(name: string): readonly string[] {
    delete (this.native as unknown as Internals).connection.parsedStatements[name]
    return [name]
  }

  disconnected(): void {
    // The wire has reported its end to pg: native calls reject.
  }

  readonly #landed = () => {
    this.#underWay -= 1
    if (this.#underWay === 0) (this.native as unknown as Internals).pipeline = false
  }
}
