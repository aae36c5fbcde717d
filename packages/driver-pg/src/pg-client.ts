import type { Reply, SocketClient, SocketSession, Statement, Wire } from "@pgsd/driver/socket"
import pg from "pg"
import { PgQuery } from "./pg-query.ts"

/** Members of pg's client that its types omit. */
interface Internals {
  /** May be enabled at any time, and disabled while nothing is in flight. */
  pipeline: boolean
  password: string | null
  readonly connectionParameters: { password: string | null }
  /** Statement texts by name. */
  readonly connection: { readonly parsedStatements: Record<string, string> }
}

/** Constructs the client, sends statements and ends it. */
export class PgClient implements SocketClient {
  readonly native: pg.Client
  /** Of the query that pg is writing. */
  writing: Reply | undefined
  #underWay = 0

  constructor(wire: Wire, session: SocketSession, construct: ((config: Readonly<Record<string, unknown>>) => unknown) | undefined) {
    const config = {
      stream: () => wire as never,
      // Given so that pg reads no PG* variable, and for instrumentation to show. Never dialled: the wire is connected.
      host: session.host,
      port: session.port,
      user: session.user,
      database: session.database,
      password: () => session.password(),
      ssl: false,
      sslnegotiation: "postgres",
      enableChannelBinding: session.channelBinding,
      // The toolkit has checked the limit.
      scramMaxIterations: 0,
    }
    const client = construct === undefined ? new pg.Client(config as pg.ClientConfig) : construct(config)
    // A client of another copy of pg does not recognise this copy's queries.
    if (!(client instanceof pg.Client))
      throw new TypeError("the client option of pgDriver() must return a pg.Client of the same copy of pg")
    this.native = client
    // Without a listener an error event ends the process.
    this.native.on("error", (error) => session.fail(error))
  }

  async connect(): Promise<void> {
    await this.native.connect()
    // pg would keep it in plain text, and never needs it again.
    const internals = this.native as unknown as Internals
    internals.password = null
    internals.connectionParameters.password = null
  }

  send(statement: Statement, reply: Reply): void {
    this.#underWay += 1
    // While pipelining, pg rejects cursors and COPY streams on `native`: it is enabled only when several statements are in flight.
    if (this.#underWay === 2) (this.native as unknown as Internals).pipeline = true
    this.native.query(new PgQuery(statement, reply, this))
  }

  written(): Reply | undefined {
    return this.writing
  }

  forget(name: string): readonly string[] {
    delete (this.native as unknown as Internals).connection.parsedStatements[name]
    return [name]
  }

  disconnected(): void {
    // The wire has emitted its end, so pg already rejects native calls.
  }

  /** A query of ours is over. */
  landed(): void {
    this.#underWay -= 1
    if (this.#underWay === 0) (this.native as unknown as Internals).pipeline = false
  }
}
