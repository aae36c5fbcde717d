import { createServer, type Socket } from "node:net"
import type { Bench } from "./bench.ts"

/** A peer that is not a PostgreSQL server, or not a complete one. */
export interface Peer {
  readonly port: number
}

/** Listens on loopback until the law ends; `speak` gets every connection. */
export async function peer(bench: Bench, speak: (socket: Socket) => void): Promise<Peer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => {}).on("close", () => sockets.delete(socket))
    speak(socket)
  })
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve))
  bench.hold(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  return { port: typeof address === "object" && address !== null ? address.port : 0 }
}

/** One message of the protocol: type, length, body. */
export function message(type: string, body: Buffer | string = ""): Buffer {
  const bytes = Buffer.from(body)
  const header = Buffer.alloc(5)
  header.write(type, 0, "latin1")
  header.writeInt32BE(bytes.length + 4, 1)
  return Buffer.concat([header, bytes])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export const READY = message("Z", "I")

/** The response of a server without authentication to a startup packet. */
export const WELCOME = Buffer.concat([
  message("R", int32(0)),
  ...[
    ["server_version", "18.0"],
    ["client_encoding", "UTF8"],
    ["DateStyle", "ISO, MDY"],
    ["integer_datetimes", "on"],
    ["standard_conforming_strings", "on"],
  ].map(([name, value]) => message("S", `${name}\0${value}\0`)),
  message("K", Buffer.concat([int32(4711), int32(42)])),
  READY,
])
