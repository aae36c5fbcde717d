import { connect, createServer, type Socket } from "node:net"
import type { Driver, Target } from "@pgsd/driver"
import { CycleReader, type Frame, framesOf, typeOf } from "./frames.ts"
import { askedFor, FUZZ_STATEMENTS, tagOf } from "./statements.ts"

/** A real server's answers: by statement, and by whether it was parsed in that cycle. */
export type Recording = ReadonlyMap<string, readonly Frame[]>

export const answerKey = (tag: string, parsed: boolean) => `${tag} ${parsed ? "parsed" : "bound"}`

/** Sends every statement to the server twice and records its answers. */
export async function record(driver: Driver, target: Target): Promise<Recording> {
  const recording = new Map<string, Frame[]>()
  const cycles: { readonly tag: string; readonly parsed: boolean }[] = []
  const tags = new Map<string, string>()
  let current: Frame[] = []
  await using proxy = await between(target, {
    fromClient: () =>
      new CycleReader(({ sql, name }) => {
        const tag = sql === undefined ? tags.get(name!)! : (tagOf(sql) ?? "")
        if (sql !== undefined && name !== undefined) tags.set(name, tag)
        cycles.push({ tag, parsed: sql !== undefined })
      }),
    fromServer: (message) => {
      if (cycles.length === 0) return
      current.push(Buffer.from(message))
      if (typeOf(message) !== "Z") return
      const { tag, parsed } = cycles.shift()!
      recording.set(answerKey(tag, parsed), current)
      current = []
    },
  })
  const connection = await driver.connect({ ...target, host: "127.0.0.1", address: undefined, port: proxy.port })
  await connection.query("CREATE TEMP TABLE fuzzed AS SELECT 1 AS a; LISTEN c")
  for (let round = 0; round < 2; round++)
    for (const statement of FUZZ_STATEMENTS) {
      const { sql, params } = askedFor(statement, 1)
      await connection.query(sql, params, { prepare: statement.prepare }).catch(() => {})
    }
  await connection.close()
  return recording
}

interface Ears {
  fromClient(): CycleReader
  fromServer(message: Frame): void
}

/** A proxy that records; startup packet and login are passed on unrecorded. */
async function between({ host, port = 5432 }: Target, ears: Ears): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets: Socket[] = []
  const server = createServer((client) => {
    const upstream = connect(port, host)
    sockets.push(client, upstream)
    for (const socket of [client, upstream]) socket.on("error", () => {})
    const reader = ears.fromClient()
    let rest: Buffer = Buffer.alloc(0)
    let ready = false
    client.on("data", (bytes) => {
      if (ready) reader.read(bytes)
      upstream.write(bytes)
    })
    upstream.on("data", (bytes) => {
      const read = framesOf(Buffer.concat([rest, bytes]))
      rest = read.rest
      for (const message of read.frames) {
        ears.fromServer(message)
        ready ||= typeOf(message) === "Z"
      }
      client.write(bytes)
    })
    client.on("close", () => upstream.end())
    upstream.on("close", () => client.end())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
