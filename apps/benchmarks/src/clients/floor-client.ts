import type { Socket } from "node:net"
import pg from "pg"
import { type Client, type ClientOptions, QUERY_ONLY, type Row } from "./client.ts"
import { pgConfig } from "./pg-config.ts"

/** With fewer statements in flight, each turn of the event loop writes what it has. */
const FEW = 8
/** Otherwise this many statements are collected for one write. */
const BATCH = 16

const NAME = "s"
const ANSWER: readonly Row[] = [{ one: 1 }]

/**
 * The minimum for a client with a promise per query: prebuilt bytes, as few writes as throughput needs, responses only scanned for frames
 * and counted by ReadyForQuery. It supports a single statement.
 */
export function floorClient(options: ClientOptions): Client {
  let connections: readonly FloorConnection[] | undefined
  let opening: Promise<readonly FloorConnection[]> | undefined
  let next = 0
  const open = (sql: string) => Promise.all(Array.from({ length: options.max }, () => openConnection(options, sql)))
  return {
    ...QUERY_ONLY,
    async query(sql) {
      opening ??= open(sql)
      connections ??= await opening
      return connections[next++ % connections.length]!.ask()
    },
    async close() {
      for (const connection of (await opening) ?? []) connection.close()
    },
  }
}

async function openConnection(options: ClientOptions, sql: string): Promise<FloorConnection> {
  const client = new pg.Client(pgConfig(options))
  await client.connect()
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Socket } }).connection
  stream.removeAllListeners("data")
  if (options.prepare !== true) return new FloorConnection(stream, message("Q", `${sql}\0`))
  const connection = new FloorConnection(
    stream,
    Buffer.concat([message("B", `\0${NAME}\0\0\0\0\0\0\0`), message("E", "\0\0\0\0\0"), message("S", "")]),
  )
  await connection.first(Buffer.concat([message("P", `${NAME}\0${sql}\0\0\0`), message("S", "")]))
  return connection
}

class FloorConnection {
  readonly #socket: Socket
  readonly #bytes: Buffer
  #waiting: ((rows: readonly Row[]) => void)[] = []
  #answered = 0
  #unsent = 0
  #inFlight = 0
  #scheduled = false
  #rest: Buffer | undefined

  constructor(socket: Socket, bytes: Buffer) {
    this.#socket = socket
    this.#bytes = Buffer.concat(Array.from({ length: 256 }, () => bytes))
    socket.on("data", (chunk: Buffer) => this.#read(chunk))
  }

  get #length(): number {
    return this.#bytes.length / 256
  }

  ask(): Promise<readonly Row[]> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#unsent++
      if (this.#inFlight < FEW || this.#unsent >= BATCH) this.#schedule()
    })
  }

  /** An exchange with one ReadyForQuery before the first statement. */
  first(bytes: Buffer): Promise<unknown> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#inFlight++
      this.#socket.write(bytes)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(this.#flush)
  }

  readonly #flush = (): void => {
    this.#scheduled = false
    this.#inFlight += this.#unsent
    for (; this.#unsent > 0; this.#unsent -= Math.min(this.#unsent, 256))
      this.#socket.write(this.#bytes.subarray(0, this.#length * Math.min(this.#unsent, 256)))
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (bytes.length - at >= 5) {
      const end = at + 1 + bytes.readInt32BE(at + 1)
      if (end > bytes.length) break
      if (bytes[at] === 0x45) throw new Error(`the server refused: ${bytes.toString("utf8", at + 5, end)}`)
      if (bytes[at] === 0x5a) this.#ready()
      at = end
    }
    this.#rest = at === bytes.length ? undefined : bytes.subarray(at)
  }

  #ready(): void {
    this.#inFlight--
    if (this.#unsent > 0 && this.#inFlight < FEW) this.#schedule()
    this.#waiting[this.#answered++]!(ANSWER)
    if (this.#answered < 1_024) return
    this.#waiting = this.#waiting.slice(this.#answered)
    this.#answered = 0
  }
}

function message(type: string, body: string): Buffer {
  const bytes = Buffer.from(`${type}\0\0\0\0${body}`, "latin1")
  bytes.writeInt32BE(bytes.length - 1, 1)
  return bytes
}
