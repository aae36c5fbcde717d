import { connect, type LookupFunction, type Socket } from "node:net"
import { isSocketDirectory } from "../../hosts.ts"
import type { KeepAlive, Target } from "../../target.ts"
import type { ConnectDeadline } from "./connect-deadline.ts"
import { socketOutcome } from "./socket-outcome.ts"
import { addressOf, socketPath } from "./target-address.ts"

const DEFAULT_PORT = 5432

/** Opens a socket: TCP with TCP_NODELAY and, unless disabled, keepalive; or a Unix socket. */
export async function connectSocket(target: Target, deadline: ConnectDeadline, lookup: LookupFunction | undefined): Promise<Socket> {
  const port = target.port ?? DEFAULT_PORT
  if (isSocketDirectory(target.host)) {
    deadline.phase = "tcp"
    return connected(connect({ path: socketPath(target.host, port) }), deadline)
  }
  deadline.phase = "dns"
  deadline.address = await addressOf(target, deadline.signal, lookup)
  deadline.phase = "tcp"
  const socket = await connected(connect({ host: deadline.address, port }), deadline)
  socket.setNoDelay(true)
  keepAlive(socket, target.keepAlive)
  return socket
}

async function connected(socket: Socket, deadline: ConnectDeadline): Promise<Socket> {
  // Kept for the socket's lifetime: an error after the last listener was removed must not end the process.
  socket.on("error", ignore)
  try {
    await socketOutcome<void>(socket, deadline.signal, closedWhileConnecting, (resolve) => ({ connect: () => resolve() }))
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

// The kernel counts in seconds: Node truncates, and 0 means the system default.
function keepAlive(socket: Socket, settings: KeepAlive = { enabled: true }): void {
  socket.setKeepAlive(settings.enabled, settings.idleMs === undefined ? 0 : Math.max(1000, settings.idleMs))
}

function closedWhileConnecting(): Error {
  return Object.assign(new Error("the socket closed while connecting"), { code: "ECONNRESET" })
}

export function ignore(): void {}
