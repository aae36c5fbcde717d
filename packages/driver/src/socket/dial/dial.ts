import type { Socket } from "node:net"
import { toPgsdError } from "../../classify.ts"
import type { ConnectionPlace } from "../../errors.ts"
import { isSocketDirectory } from "../../hosts.ts"
import type { Target } from "../../target.ts"
import { type ConnectDeadline, createConnectDeadline } from "./connect-deadline.ts"
import { connectSocket } from "./connect-socket.ts"
import type { Dialed, DialOptions } from "./dialed.ts"
import { requestTls } from "./request-tls.ts"
import { secureSocket, tlsInfoOf } from "./secure-socket.ts"
import { tlsContext } from "./tls-context.ts"
import { validateTarget } from "./validate-target.ts"

/**
 * Makes one connection attempt to one target: DNS, TCP, TLS. The deadline keeps running for the login.
 *
 * @throws PgsdError PGSD_INVALID_TARGET before anything is opened; DatabaseConnectionError with phase `dns`, `tcp` or `tls`;
 * `signal.reason` when aborted. On failure nothing stays open, and a deadline that was not passed in is ended.
 */
export async function dial(target: Target, options: DialOptions = {}): Promise<Dialed> {
  validateTarget(target)
  const at = placeOf(target, options.driver)
  const secure = target.encryption === "tls" && !isSocketDirectory(target.host)
  const settings = target.tls ?? {}
  const context = secure ? tlsContext(settings, at) : undefined
  const deadline = options.deadline ?? createConnectDeadline(target, options.signal, options.driver)
  let socket: Socket | undefined
  try {
    if (deadline.signal.aborted) throw deadline.reason
    socket = await connectSocket(target, deadline, options.lookup)
    // Another address may have connected in the same turn of the event loop.
    if (!deadline.signal.aborted) options.onSocketConnect?.()
    if (deadline.signal.aborted) throw deadline.reason
    const { address } = deadline
    const common = { startedAt: deadline.startedAt, deadline, ...(address !== undefined && { address }) }
    if (context === undefined) return ready({ socket, ...common })
    deadline.phase = "tls"
    const where = { ...at, address }
    if (settings.negotiation !== "direct") await requestTls(socket, deadline.signal, where)
    const secured = await secureSocket(socket, { host: target.host, settings, context, signal: deadline.signal, at: where })
    return ready({ socket: secured, tls: tlsInfoOf(secured), ...common })
  } catch (error) {
    socket?.destroy()
    if (options.deadline === undefined) deadline.end()
    throw deadline.signal.aborted ? deadline.reason : toPgsdError(error, { ...at, address: deadline.address, phase: deadline.phase })
  }
}

function ready<T extends { readonly deadline: ConnectDeadline }>(dialed: T): T {
  dialed.deadline.phase = "startup"
  return dialed
}

function placeOf({ host, address, port, user, database, label }: Target, driver: string | undefined): ConnectionPlace {
  return { driver, host, address, port: port ?? 5432, user, database: database ?? user, label }
}
