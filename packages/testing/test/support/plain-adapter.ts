import type { Reply, SocketAdapter, SocketClient, SocketSession, Statement, Wire } from "@pgsd/driver/socket"

/**
 * A driver without a driver library: it speaks the protocol itself, as far as the laws require. The suite's self-test breaks
 * this one on the network.
 */
export const plainAdapter: SocketAdapter = {
  name: "plain",
  channelBinding: false,
  maxParameters: 65_535,
  construct: (wire, session) => new PlainClient(wire, session),
}

/** The type of `native`. */
export interface PlainNative {
  /** One statement. */
  ask(sql: string): Promise<void>
  /** Process id and secret key, as the server sent them. */
  readonly backendKey: Buffer
}

class PlainClient implements SocketClient, PlainNative {
  readonly #wire: Wire
  readonly #session: SocketSession
  readonly #replies: Reply[] = []
  readonly #named = new Set<string>()
  #connected = () => {}
  #bytes = Buffer.alloc(0)
  #failed: Error | undefined
  #gone = false
  backendKey = Buffer.alloc(0)

  constructor(wire: Wire, session: SocketSession) {
    this.#wire = wire
    this.#session = session
    wire.on("data", (chunk: Buffer) => this.#read(chunk))
  }

  get native(): PlainNative {
    return this
  }

  connect(): Promise<void> {
    this.#wire.write("the toolkit says what really opens a session")
    return new Promise((resolve) => {
      this.#connected = resolve
    })
  }

  send({ sql, values, name = "" }: Statement, reply: Reply): void {
    this.#replies.push(reply)
    if (values === undefined) {
      this.#wire.write(message("Q", text(sql)))
      return
    }
    const parse = this.#named.has(name) ? [] : [message("P", text(name), text(sql), int16(0))]
    if (name !== "") this.#named.add(name)
    const parameters = values.flatMap((value) => (value === null ? [int32(-1)] : [int32(Buffer.byteLength(value)), Buffer.from(value)]))
    this.#wire.write(
      Buffer.concat([
        ...parse,
        message("B", text(""), text(name), int16(0), int16(values.length), ...parameters, int16(0)),
        message("D", Buffer.from("P\0")),
        message("E", text(""), int32(0)),
        message("S"),
      ]),
    )
  }

  ask(sql: string): Promise<void> {
    if (this.#gone) return Promise.reject(new Error("the wire is gone"))
    return new Promise((resolve, reject) => {
      this.#replies.push({ rowSet: () => {}, row: () => {}, shape: () => {}, done: resolve, fail: reject })
      this.#wire.write(message("Q", text(sql)))
    })
  }

  disconnected(): void {
    this.#gone = true
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    let at = 0
    while (this.#bytes.length >= at + 5 && this.#bytes.length >= at + 1 + this.#bytes.readUInt32BE(at + 1)) {
      const end = at + 1 + this.#bytes.readUInt32BE(at + 1)
      this.#handle(String.fromCharCode(this.#bytes[at]!), this.#bytes.subarray(at + 5, end))
      at = end
    }
    this.#bytes = this.#bytes.subarray(at)
  }

  #handle(type: string, body: Buffer): void {
    const reply = this.#replies[0]
    if (type === "R" && body.readInt32BE(0) === 3) this.#wire.write(message("p", text(this.#session.password())))
    else if (type === "K") this.backendKey = Buffer.from(body)
    else if (type === "T") reply?.rowSet(fieldsOf(body))
    else if (type === "D") reply?.row(rowOf(body))
    else if (type === "E") this.#failed = new Error("the plain driver's own message")
    else if (type === "G") this.#wire.write(message("f", text("no data")))
    else if (type === "Z") this.#ready()
  }

  #ready(): void {
    this.#connected()
    const reply = this.#replies.shift()
    const failed = this.#failed
    this.#failed = undefined
    if (failed === undefined) reply?.done()
    else reply?.fail(failed)
  }
}

function fieldsOf(body: Buffer) {
  const fields = []
  for (let at = 2; at < body.length; ) {
    const end = body.indexOf(0, at)
    const name = body.toString("utf8", at, end)
    fields.push({ name, tableId: body.readUInt32BE(end + 1), columnId: body.readInt16BE(end + 5), typeId: body.readUInt32BE(end + 7) })
    at = end + 19
  }
  return fields
}

function rowOf(body: Buffer): (string | null)[] {
  const values = []
  for (let at = 2; at < body.length; ) {
    const length = body.readInt32BE(at)
    values.push(length < 0 ? null : body.toString("utf8", at + 4, at + 4 + length))
    at += 4 + Math.max(0, length)
  }
  return values
}

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`)
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
