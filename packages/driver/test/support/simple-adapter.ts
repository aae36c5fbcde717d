import type { Reply, SocketAdapter, SocketClient, SocketSession, Statement, Wire } from "@pgsd/driver/socket"
import { message } from "./backend-messages.ts"

/**
 * The smallest possible adapter: simple protocol, cleartext passwords, whole messages in memory. Beside pg and postgres.js
 * it shows what an adapter has to do.
 */
export const simpleAdapter: SocketAdapter = {
  name: "simple",
  channelBinding: false,
  maxParameters: 0,
  construct: (wire, session) => new SimpleClient(wire, session),
}

class SimpleClient implements SocketClient {
  readonly native = { ended: false }
  readonly #wire: Wire
  readonly #session: SocketSession
  readonly #replies: Reply[] = []
  #connected: (() => void) | undefined
  #bytes = Buffer.alloc(0)
  #failed: Error | undefined

  constructor(wire: Wire, session: SocketSession) {
    this.#wire = wire
    this.#session = session
    wire.on("data", (chunk: Buffer) => this.#read(chunk))
  }

  connect(): Promise<void> {
    this.#wire.write(Buffer.from("whatever the driver says first is replaced"))
    return new Promise((resolve) => {
      this.#connected = resolve
    })
  }

  send(statement: Statement, reply: Reply): void {
    this.#replies.push(reply)
    this.#wire.write(message("Q", `${statement.sql}\0`))
  }

  disconnected(): void {
    this.native.ended = true
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    while (this.#bytes.length >= 5 && this.#bytes.length > this.#bytes.readUInt32BE(1)) {
      const end = this.#bytes.readUInt32BE(1) + 1
      const [type, body] = [String.fromCharCode(this.#bytes[0]!), this.#bytes.subarray(5, end)]
      this.#bytes = this.#bytes.subarray(end)
      this.#handle(type, body)
    }
  }

  #handle(type: string, body: Buffer): void {
    const reply = this.#replies[0]
    if (type === "R" && body.readInt32BE(0) === 3) this.#wire.write(message("p", `${this.#session.password()}\0`))
    else if (type === "T") reply?.rowSet(readFields(body))
    else if (type === "D") reply?.row(readRow(body))
    else if (type === "E") this.#failed = new Error("the simple driver's own message")
    else if (type === "s") throw new Error("the simple driver throws at this")
    else if (type === "Z") this.#ready()
  }

  #ready(): void {
    this.#connected?.()
    this.#connected = undefined
    const reply = this.#replies.shift()
    if (this.#failed === undefined) reply?.done()
    else reply?.fail(this.#failed)
    this.#failed = undefined
  }
}

function readFields(body: Buffer) {
  const fields = []
  for (let at = 2; at < body.length; ) {
    const end = body.indexOf(0, at)
    fields.push({ name: body.toString("utf8", at, end), tableId: 0, columnId: 0, typeId: body.readUInt32BE(end + 7) })
    at = end + 19
  }
  return fields
}

function readRow(body: Buffer): (string | null)[] {
  const values = []
  for (let at = 2; at < body.length; ) {
    const length = body.readInt32BE(at)
    values.push(length < 0 ? null : body.toString("utf8", at + 4, at + 4 + length))
    at += 4 + Math.max(0, length)
  }
  return values
}
