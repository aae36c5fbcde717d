import { type AddressInfo, createServer, type Socket } from "node:net"
import type { Target } from "@pgsd/driver"
import { onTestFinished } from "vitest"

export interface Peer {
  readonly target: Target
  /** The sockets of all clients. */
  readonly sockets: ReadonlySet<Socket>
}

/** Listens on loopback until the test ends, and calls `speak` with each socket once the startup packet has arrived. */
export async function peer(speak: (socket: Socket) => void): Promise<Peer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
    socket.once("data", () => speak(socket))
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return { target: { host: "127.0.0.1", port, user: "app", password: "secret", connectTimeoutMs: 20_000 }, sockets }
}
