import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { expect } from "vitest"

/** Echoes what it receives, and records its connections. */
export async function echoServer() {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on("error", () => undefined)
    socket.on("close", () => sockets.delete(socket))
    socket.pipe(socket)
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
    },
  }
}

/** Sends nothing, and records what it received. */
export async function heardServer() {
  const received: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => undefined).on("data", (bytes) => received.push(bytes.toString("latin1")))
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    received,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
    },
  }
}

/** A client that records its events. */
export async function dialPort(port: number) {
  const socket = connect({ host: "127.0.0.1", port })
  let text = ""
  const seen: string[] = []
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1")
  })
  socket.on("end", () => seen.push("end"))
  socket.on("error", (error: NodeJS.ErrnoException) => seen.push(error.code ?? error.message))
  socket.on("close", () => seen.push("close"))
  await once(socket, "connect")
  return {
    socket,
    seen,
    get text() {
      return text
    },
    /** Sends, and waits for as many bytes in return. */
    async ask(question: string): Promise<number> {
      const start = performance.now()
      const wanted = text.length + question.length
      socket.write(question)
      while (text.length < wanted) await once(socket, "data", { signal: AbortSignal.timeout(5_000) })
      return performance.now() - start
    },
    async closed(): Promise<string[]> {
      await expect.poll(() => seen, { timeout: 5_000 }).toContain("close")
      return seen
    },
  }
}
