import { connect, type LookupFunction, type Socket } from "node:net"
import { isSocketDirectory } from "../../hosts.ts"
import type { KeepAlive, Target } from "../../target.ts"
import type { ConnectDeadline } from "./connect-deadline.ts"
import { socketOutcome } from "./socket-outcome.ts"
import { addressOf, socketPath } from "./target-address.ts"

const DEFAULT_PORT = 5432

/** A connected socket: TCP without Nagle's delay and with keepalive unless switched off, or Unix. */
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
  // Stays for the socket's whole life: an error after the last listener has gone must not end the process.
  socket.on("error", ignore)
  try {
    await socketOutcome<void>(socket, deadline.signal, closedWhileConnecting, (resolve) => ({ connect: () => resolve() }))
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

// The kernel counts in seconds; Node cuts the rest off, and takes 0 for "the system's own".
function keepAlive(socket: Socket, settings: KeepAlive = { enabled: true }): void {
  socket.setKeepAlive(settings.enabled, settings.idleMs === undefined ? 0 : Math.max(1000, settings.idleMs))
}

function closedWhileConnecting(): Error {
  return Object.assign(new Error("the socket closed while connecting"), { code: "ECONNRESET" })
}

export function ignore(): void {}
