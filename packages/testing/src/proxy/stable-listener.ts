import { createServer, type Server, type Socket } from "node:net"
import { stablePort } from "./stable-port.ts"

/** Listens on 127.0.0.1, on `port` or a free port that can be released and reacquired. */
export async function listenStably(onConnection: (socket: Socket) => void, port?: number): Promise<{ server: Server; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const candidate = port ?? stablePort()
    try {
      return { server: await listen(onConnection, candidate), port: candidate }
    } catch (error) {
      const taken = ["EADDRINUSE", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")
      if (port !== undefined || !taken || attempt === 100) throw error
    }
  }
}

function listen(onConnection: (socket: Socket) => void, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, onConnection)
    server.once("error", reject)
    server.listen({ host: "127.0.0.1", port, backlog: 511 }, () => {
      server.off("error", reject)
      // A listener without file descriptors keeps listening; the client's connection waits.
      server.on("error", () => undefined)
      resolve(server)
    })
  })
}
