import { once } from "node:events"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { createSecureContext, type SecureContextOptions, TLSSocket } from "node:tls"

export interface TestServer extends AsyncDisposable {
  readonly port: number
  /** Currently open sockets, from the server's side. */
  readonly open: ReadonlySet<Socket>
  /** Number of sockets accepted so far. */
  readonly accepted: number
}

export interface ListenOptions {
  /** A Unix socket's path instead of a TCP port. */
  readonly path?: string
  readonly host?: string
}

/** A TCP server for one test; close() destroys open sockets. */
export async function listen(serve: (socket: Socket) => void, { path, host = "127.0.0.1" }: ListenOptions = {}): Promise<TestServer> {
  const open = new Set<Socket>()
  let accepted = 0
  const server: Server = createServer((socket) => {
    accepted++
    open.add(socket)
    socket.on("error", () => {})
    socket.on("close", () => open.delete(socket))
    serve(socket)
  })
  server.listen(path === undefined ? { port: 0, host } : { path })
  await once(server, "listening")
  return {
    port: path === undefined ? (server.address() as AddressInfo).port : 5432,
    open,
    get accepted() {
      return accepted
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, "close")
    },
  }
}

export interface TlsServerOptions extends SecureContextOptions {
  /** Start with TLS instead of waiting for SSLRequest. */
  readonly direct?: boolean
  /** @default ["postgresql"] */
  readonly alpn?: readonly string[]
  readonly requestCert?: boolean
  /** Gets each secured socket. */
  readonly onSecure?: (socket: TLSSocket) => void
}

/** Behaves as PostgreSQL with ssl = on up to the startup packet; SNI names are kept in `serverNames`. */
export async function listenTls(options: TlsServerOptions): Promise<TestServer & { readonly serverNames: (string | false | undefined)[] }> {
  const { direct = false, alpn = ["postgresql"], requestCert = false, onSecure = () => {}, ...material } = options
  const secureContext = createSecureContext(material)
  const serverNames: (string | false | undefined)[] = []
  const secure = (socket: Socket) => {
    const secured = new TLSSocket(socket, {
      isServer: true,
      secureContext,
      ALPNProtocols: [...alpn],
      requestCert,
      rejectUnauthorized: requestCert,
    })
    secured.on("error", () => {})
    secured.on("secure", () => {
      serverNames.push((secured as unknown as { servername: string | false | undefined }).servername)
      onSecure(secured)
    })
  }
  const server = await listen((socket) => {
    if (direct) return secure(socket)
    socket.once("data", () => {
      socket.pause()
      socket.write("S")
      secure(socket)
    })
  })
  return Object.assign(server, { serverNames })
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean, what: string, deadlineMs = 5_000): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
