import { connect, type Server, type Socket } from "node:net"
import { PgsdError } from "@pgsd/driver"
import type { ConnectionTraffic, FaultProxy, HalfOpenSide, Upstream } from "./fault-proxy.ts"
import { type ByteLimit, type Faults, noFaults } from "./faults.ts"
import { LateBytes } from "./late-bytes.ts"
import { ProxiedConnection } from "./proxied-connection.ts"
import { listenStably } from "./stable-listener.ts"
import { type TrafficCount, TrafficLog } from "./traffic-log.ts"

/**
 * Starts a proxy in front of `upstream`, which need not be running: its client then sees a reset.
 *
 * @throws PgsdError PGSD_INVALID_OPTION if `upstream` is neither `{ host, port }` nor `{ path }`
 */
export async function faultProxy(upstream: Upstream): Promise<FaultProxy> {
  const proxy = new RunningProxy(checked(upstream))
  await proxy.listen()
  return proxy
}

class RunningProxy implements FaultProxy {
  readonly host = "127.0.0.1"
  readonly #upstream: Upstream
  readonly #faults: Faults = noFaults()
  readonly #open = new Set<ProxiedConnection>()
  readonly #ended = new TrafficLog()
  /** Clients whose bytes are not forwarded, or only later. */
  readonly #unanswered = new Set<Socket>()
  readonly #late: LateBytes
  #server: Server | undefined
  #port: number | undefined
  #accepted = 0
  #closed = false

  constructor(upstream: Upstream) {
    this.#upstream = upstream
    this.#late = new LateBytes(upstream)
  }

  get port(): number {
    return this.#port!
  }

  get connections(): number {
    return [...this.#open].filter((each) => !each.client.destroyed).length + this.#unanswered.size
  }

  get accepted(): number {
    return this.#accepted
  }

  get roundTrips(): number {
    return this.#sum("roundTrips")
  }

  get bytesToServer(): number {
    return this.#sum("bytesToServer")
  }

  get bytesToClient(): number {
    return this.#sum("bytesToClient")
  }

  get traffic(): readonly ConnectionTraffic[] {
    return [...this.#ended.recent, ...this.#openTraffic()].sort((a, b) => a.id - b.id)
  }

  async pass(): Promise<void> {
    Object.assign(this.#faults, noFaults())
    for (const each of this.#open) each.pass()
    await this.listen()
  }

  cut(): void {
    for (const each of this.#open) each.cut()
    for (const socket of this.#unanswered) socket.destroy()
  }

  reset(): void {
    for (const each of this.#open) each.reset()
    for (const socket of this.#unanswered) socket.resetAndDestroy()
  }

  cutAfterBytes(bytes: number): void {
    this.#limit({ bytes: atLeast("cutAfterBytes", bytes, 1), ending: "cut" })
  }

  blackholeAfterBytes(bytes: number): void {
    this.#limit({ bytes: atLeast("blackholeAfterBytes", bytes, 1), ending: "blackhole" })
  }

  blackholeOpen(): void {
    for (const each of this.#open) each.blackhole()
  }

  blackholeNew(): void {
    this.#faults.newConnections = "blackhole"
  }

  acceptThenClose(): void {
    this.#faults.newConnections = "close"
  }

  acceptThenReset(): void {
    this.#faults.newConnections = "reset"
  }

  forwardLate(ms: number): void {
    this.#faults.forwardAfterMs = atLeast("forwardLate", ms, 0)
    this.#faults.newConnections = "forward late"
  }

  delayFirstByte(ms: number): void {
    this.#faults.firstByteDelayMs = atLeast("delayFirstByte", ms, 0)
  }

  latency(roundTripMs: number): void {
    this.#faults.latencyMs = atLeast("latency", roundTripMs, 0)
  }

  throttle(bytesPerSecond: number): void {
    this.#faults.bytesPerSecond = atLeast("throttle", bytesPerSecond, 1)
  }

  halfOpen(drop: HalfOpenSide = "upstream"): void {
    this.#faults.passEnds = false
    for (const each of this.#open) each.halfOpen(drop)
  }

  async refuse(): Promise<void> {
    // Not awaited: the server's "close" event waits for connections that continue.
    this.#server?.close()
    this.#server = undefined
  }

  async listen(): Promise<void> {
    if (this.#closed)
      throw new PgsdError("PGSD_PROXY_CLOSED", `the fault proxy on port ${this.#port} was closed`, { hint: "start a new one" })
    if (this.#server !== undefined) return
    const { server, port } = await listenStably((socket) => this.#accept(socket), this.#port)
    this.#server = server
    this.#port = port
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.refuse()
    const sockets = [...this.#open].map((each) => each.settled)
    this.cut()
    this.#late.drop()
    await Promise.all(sockets)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #limit(limit: ByteLimit): void {
    this.#faults.afterBytes = limit
    for (const each of this.#open) each.limit(limit)
  }

  #accept(client: Socket): void {
    this.#accepted += 1
    client.on("error", () => undefined)
    const { newConnections, forwardAfterMs } = this.#faults
    if (newConnections === "pass") {
      this.#forward(client)
      return
    }
    this.#ended.add({ id: this.#accepted, open: false, roundTrips: 0, bytesToServer: 0, bytesToClient: 0 })
    if (newConnections === "close") client.destroy()
    else if (newConnections === "reset") client.resetAndDestroy()
    else {
      this.#unanswered.add(client)
      if (newConnections === "forward late")
        client.once("data", (bytes: Buffer) => {
          client.end()
          this.#late.pass(bytes, forwardAfterMs)
        })
      client.resume()
      client.once("end", () => client.destroy())
      client.once("close", () => this.#unanswered.delete(client))
    }
  }

  #forward(client: Socket): void {
    const upstream = connect({ ...this.#upstream, allowHalfOpen: true, noDelay: true })
    const connection = new ProxiedConnection(this.#accepted, client, upstream, this.#faults)
    this.#open.add(connection)
    void connection.settled.then(() => {
      this.#open.delete(connection)
      this.#ended.add(connection.traffic)
    })
  }

  #sum(field: TrafficCount): number {
    return this.#ended.sum(field, this.#openTraffic())
  }

  #openTraffic(): ConnectionTraffic[] {
    return [...this.#open].map((each) => each.traffic)
  }
}

function checked(upstream: Upstream): Upstream {
  if ("path" in upstream && typeof upstream.path === "string") return { path: upstream.path }
  if ("port" in upstream && typeof upstream.host === "string" && Number.isInteger(upstream.port)) {
    return { host: upstream.host, port: upstream.port }
  }
  throw new PgsdError("PGSD_INVALID_OPTION", "a fault proxy needs an upstream to connect to", {
    hint: "give { host, port }, or { path } of a Unix socket such as /run/postgresql/.s.PGSQL.5432",
  })
}

function atLeast(name: string, value: number, least: number): number {
  if (typeof value === "number" && value >= least) return value
  throw new PgsdError("PGSD_INVALID_OPTION", `${name}() needs a number from ${least} up, not ${value}`)
}
