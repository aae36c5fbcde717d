import type { Driver } from "@pgsd/driver"
import {
  type Reply,
  type RowTexts,
  type SocketClient,
  type SocketDriverOptions,
  type SocketSession,
  type Statement,
  socketDriver,
  type Wire,
} from "@pgsd/driver/socket"
import pg from "pg"

export function sampleDriver(options: SocketDriverOptions = {}): Driver {
  return socketDriver(
    { name: "pg", channelBinding: true, maxParameters: 65_535, construct: (wire, session) => new SampleClient(wire, session) },
    options,
  )
}

/** Constructs the client, sends statements, and ends it. */
class SampleClient implements SocketClient {
  readonly native: pg.Client

  constructor(wire: Wire, session: SocketSession) {
    const { host, port, user, database, channelBinding } = session
    const connection = { host, port, user, database, password: () => session.password(), ssl: false, enableChannelBinding: channelBinding }
    this.native = new pg.Client({ ...connection, stream: () => wire as never, pipeline: true } as pg.ClientConfig)
    this.native.on("error", (error) => session.fail(error)) // without a listener it would end the process
  }

  async connect(): Promise<void> {
    await this.native.connect()
  }

  send(statement: Statement, reply: Reply): void {
    this.native.query(new SampleQuery(statement, reply))
  }

  disconnected(): void {} // pg already knows from the wire that it is closed
}

/** Values are text in both directions: what pg has parsed goes to the reply, and the toolkit converts values. */
class SampleQuery extends pg.Query {
  readonly #reply: Reply

  constructor({ sql, values, name }: Statement, reply: Reply) {
    super({ text: sql, values, name, queryMode: values && "extended" } as never)
    this.#reply = reply
  }

  handleRowDescription({ fields }: { readonly fields: readonly pg.FieldDef[] }): void {
    this.#reply.rowSet(
      fields.map(({ name, tableID, columnID, dataTypeID }) => ({ name, tableId: tableID, columnId: columnID, typeId: dataTypeID })),
    )
  }

  handleDataRow({ fields }: { readonly fields: RowTexts }): void {
    this.#reply.row(fields)
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#reply.done()
  }

  handleError(error: unknown): void {
    this.#reply.fail(error)
  }
}
