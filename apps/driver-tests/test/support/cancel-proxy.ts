import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"

/** What becomes of a cancel request on its way to the server. */
export const CANCEL_FATES = ["passed", "delayed", "cut", "reset", "closed early", "forwarded late"] as const
export type CancelFate = (typeof CANCEL_FATES)[number]

const CANCEL_REQUEST = 80_877_102

/** A proxy that passes sessions on as they are, and does to cancel requests what `fate` says. */
export interface CancelProxy extends AsyncDisposable {
  readonly port: number
  fate: CancelFate
  /** How much later a request is passed on, in ms. */
  delayMs: number
}

export async function cancelProxy(upstream: { readonly host: string; readonly port: number }): Promise<CancelProxy> {
  const sockets = new Set<Socket>()
  const timers = new Set<NodeJS.Timeout>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
    socket.on("close", () => sockets.delete(socket))
    return socket
  }
  const listener: Server = createServer((client) => {
    keep(client)
    client.once("data", (first) => {
      if (first.length === 16 && first.readUInt32BE(4) === CANCEL_REQUEST) return cancel(client, first)
      const server = keep(connect(upstream))
      server.write(first)
      client.pipe(server)
      server.pipe(client)
      client.on("close", () => server.destroy())
      server.on("close", () => client.destroy())
    })
  })
  const pass = (request: Buffer, whenPassed: () => void) => {
    const server = keep(connect(upstream))
    server.on("close", whenPassed)
    server.resume().write(request)
  }
  const later = (work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      work()
    }, proxy.delayMs)
    timers.add(timer)
  }
  function cancel(client: Socket, request: Buffer): void {
    const { fate } = proxy
    if (fate === "passed") pass(request, () => client.end())
    else if (fate === "delayed") later(() => pass(request, () => client.end()))
    else if (fate === "cut") client.destroy()
    else if (fate === "reset") client.resetAndDestroy()
    else {
      // The client is told at once what only the server may say.
      client.end()
      if (fate === "forwarded late") later(() => pass(request, () => {}))
    }
  }
  listener.listen(0, "127.0.0.1")
  await once(listener, "listening")
  const proxy: CancelProxy = {
    port: (listener.address() as { port: number }).port,
    fate: "passed",
    delayMs: 0,
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearTimeout(timer)
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, "close")
    },
  }
  return proxy
}
