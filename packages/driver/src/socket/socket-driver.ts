import type { LookupFunction } from "node:net"
import { encodingChanged } from "../adapter/client-encoding.ts"
import { place, toPgsdError } from "../classify.ts"
import type { Connection, ConnectionInfo, ConnectOptions, Driver, ValueParsers } from "../contract.ts"
import { type ConnectionPlace, DatabaseConnectionError, PgsdError } from "../errors.ts"
import { isSocketDirectory } from "../hosts.ts"
import { withLabel } from "../label.ts"
import { refuseUnknownOptions } from "../options.ts"
import type { Target } from "../target.ts"
import type { SocketAdapter } from "./adapter.ts"
import { DEFAULT_CONNECT_TIMEOUT_MS } from "./dial/connect-deadline.ts"
import { dial } from "./dial/dial.ts"
import type { Dialed } from "./dial/dialed.ts"
import { validateTarget } from "./dial/validate-target.ts"
import { signalsTwice } from "./exchange/cancel.ts"
import { type Opened, Opening } from "./login/opening.ts"
import type { ProtocolVersion } from "./protocol/protocol-version.ts"
import { PLAIN_REQUEST, PlainPeers, type StartupRequest } from "./protocol/startup-request.ts"
import { SocketConnection } from "./socket-connection.ts"

/** Options of every driver over a socket. */
export interface SocketDriverOptions {
  /** Resolves a host name; called with `{ all: true }`. @default dns.lookup */
  readonly lookup?: LookupFunction | undefined
  /** Parsers that override the value table on every connection, by type OID. */
  readonly types?: ValueParsers | undefined
}

/** Creates a driver from an adapter. */
export function socketDriver(adapter: SocketAdapter, options: SocketDriverOptions = {}): Driver {
  const plainPeers = new PlainPeers()
  refuseUnknownOptions(`option of the ${adapter.name} driver`, options, ["lookup", "types"])
  return {
    name: adapter.name,
    supports: { concurrency: "many", network: true, cancel: true, pipeline: true, channelBinding: adapter.channelBinding },
    connect: (target, connectOptions) => connect(adapter, options, plainPeers, target, connectOptions),
  }
}

async function connect(
  adapter: SocketAdapter,
  options: SocketDriverOptions,
  plainPeers: PlainPeers,
  target: Target | undefined,
  connectOptions: ConnectOptions = {},
): Promise<Connection> {
  if (target === undefined) throw new PgsdError("PGSD_INVALID_TARGET", `${adapter.name}: a target is required`)
  try {
    validateTarget(target)
  } catch (error) {
    throw typeof target?.label === "string" ? withLabel(target.label, error) : error
  }
  connectOptions.signal?.throwIfAborted()
  refuseChannelBinding(adapter, target)
  if (plainPeers.has(target)) return attempt(adapter, options, target, connectOptions, PLAIN_REQUEST)
  const startedAt = performance.now()
  try {
    return await attempt(adapter, options, target, connectOptions, { version: versionFor(adapter, target), valueSettings: true })
  } catch (error) {
    const leftMs = (target.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS) - (performance.now() - startedAt)
    if (!(error instanceof RequestRefused)) throw error
    if (leftMs <= 0) throw error.cause
    const connection = await attempt(
      adapter,
      options,
      { ...target, connectTimeoutMs: leftMs },
      { signal: connectOptions.signal },
      PLAIN_REQUEST,
    )
    plainPeers.add(target)
    return connection
  }
}

function versionFor({ protocol = "3.0" }: SocketAdapter, { maxProtocolVersion = protocol }: Target): ProtocolVersion {
  return maxProtocolVersion === "3.0" ? "3.0" : protocol
}

/** The target may not support what the startup packet requested. */
class RequestRefused extends Error {}

async function attempt(
  adapter: SocketAdapter,
  options: SocketDriverOptions,
  target: Target,
  { signal, onSocketConnect }: ConnectOptions,
  request: StartupRequest,
): Promise<Connection> {
  const dialed = await dial(target, { signal, onSocketConnect, lookup: options.lookup, driver: adapter.name })
  const where = placeOf(adapter, target, dialed.address)
  const opening = openingOf(adapter, target, dialed, where, request)
  const connecting = opening.run((opened) => {
    const info = infoOf(target, dialed, opened)
    return new SocketConnection({
      adapter,
      opened,
      info,
      place: { ...where, label: info.label },
      types: options.types,
      cancel:
        opened.secretKey === undefined
          ? undefined
          : {
              target: dialed.address === undefined ? target : { ...target, address: dialed.address },
              lookup: options.lookup,
              processId: opened.processId,
              secretKey: opened.secretKey,
              signalsTwice: signalsTwice(opened.parameters.server_version),
            },
    })
  })
  const connection = await connecting.catch((error: unknown) => {
    throw opening.requestRefused ? new RequestRefused("", { cause: error }) : error
  })
  // A login trigger may have set it, or a pooler may report another one.
  const { client_encoding: encoding = "UTF8" } = connection.serverParameters
  const changed = encodingChanged(encoding, { ...where, phase: "ready" })
  if (changed === undefined) return connection
  connection.destroy()
  throw changed
}

// A library whose constructor throws must not leave the socket open.
function openingOf(adapter: SocketAdapter, target: Target, dialed: Dialed, where: ConnectionPlace, request: StartupRequest): Opening {
  try {
    return new Opening(adapter, target, dialed, where, request)
  } catch (error) {
    dialed.socket.destroy()
    dialed.deadline.end()
    throw toPgsdError(error, { ...where, phase: "startup" })
  }
}

function refuseChannelBinding(adapter: SocketAdapter, target: Target): void {
  if (target.auth?.channelBinding !== "require") return
  const encrypted = target.encryption === "tls" && !isSocketDirectory(target.host)
  if (adapter.channelBinding && encrypted) return
  const fact = adapter.channelBinding ? "it needs TLS" : `the ${adapter.name} driver does not support it`
  const hint = adapter.channelBinding ? "use TLS, or channel_binding=prefer" : "use @pgsd/driver-pg, or channel_binding=prefer"
  const where = placeOf(adapter, target, undefined)
  throw new DatabaseConnectionError("PGSD_AUTH_UNSUPPORTED", `${place(where)}: channel binding is required, but ${fact} (${hint})`, {
    ...where,
    phase: "auth",
    hint,
  })
}

function placeOf(adapter: SocketAdapter, target: Target, address: string | undefined): ConnectionPlace {
  const { host, port = 5432, user, database = user, label } = target
  return { driver: adapter.name, host, address: address ?? target.address, port, user, database, label }
}

function infoOf(target: Target, dialed: Dialed, { processId, watch }: Opened): ConnectionInfo {
  const { host, port = 5432, user, database = user, label } = target
  return {
    label: label ?? `${place({ host, port })}/${database}`,
    host,
    ...(dialed.address === undefined ? {} : { address: dialed.address }),
    port,
    user,
    database,
    processId,
    authentication: watch.method,
    ...(dialed.tls === undefined ? {} : { tls: dialed.tls }),
    connectTimeMs: performance.now() - dialed.startedAt,
  }
}
