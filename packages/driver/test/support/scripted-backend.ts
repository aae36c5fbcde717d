import type { Socket } from "node:net"
import { listen, type TestServer } from "./test-server.ts"

/** One client of a scripted server. */
export interface ScriptedClient {
  readonly socket: Socket
  /** The startup packet, with its length. */
  readonly startup: Buffer
}

/** An answer: bytes to send; anything else sends nothing. */
type Answer = unknown

export interface BackendScript {
  /** To the startup packet. */
  readonly startup?: (client: ScriptedClient) => Answer
  /** To each message after it; the type is a letter and the body has no header. */
  readonly message?: (type: string, body: Buffer, client: ScriptedClient) => Answer
}

export interface ScriptedBackend extends TestServer {
  /** CancelRequests, as process id and secret key. */
  readonly cancels: readonly (readonly [number, number])[]
  readonly startups: readonly Buffer[]
  /** Called with each complete CancelRequest. */
  onCancel?: (packet: Buffer) => void
}

const CANCEL_REQUEST = 80_877_102

/** A server with scripted answers. */
export async function scriptedBackend(script: BackendScript): Promise<ScriptedBackend> {
  const cancels: [number, number][] = []
  const startups: Buffer[] = []
  const server: ScriptedBackend = Object.assign(await listen((socket) => serve(socket)), { cancels, startups })
  const serve = (socket: Socket) => {
    let bytes = Buffer.alloc(0)
    let client: ScriptedClient | undefined
    const say = (answer: Answer) => {
      if ((typeof answer === "string" || Buffer.isBuffer(answer)) && socket.writable) socket.write(answer)
    }
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      if (client === undefined) {
        if (bytes.length < 4 || bytes.length < bytes.readUInt32BE(0)) return
        const startup = bytes.subarray(0, bytes.readUInt32BE(0))
        bytes = bytes.subarray(startup.length)
        if (startup.readUInt32BE(4) === CANCEL_REQUEST) {
          cancels.push([startup.readInt32BE(8), startup.readInt32BE(12)])
          server.onCancel?.(startup)
          socket.end()
          return
        }
        startups.push(startup)
        client = { socket, startup }
        say(script.startup?.(client))
      }
      while (bytes.length >= 5 && bytes.length > bytes.readUInt32BE(1)) {
        const end = bytes.readUInt32BE(1) + 1
        const [type, body] = [String.fromCharCode(bytes[0]!), bytes.subarray(5, end)]
        bytes = bytes.subarray(end)
        say(script.message?.(type, body, client))
      }
    })
  }
  return server
}
