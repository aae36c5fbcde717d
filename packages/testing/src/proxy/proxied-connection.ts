import type { Socket } from "node:net"
import type { ConnectionTraffic, HalfOpenSide } from "./fault-proxy.ts"
import type { ByteLimit, Faults } from "./faults.ts"
import { Pipe } from "./pipe.ts"

/** A client socket with its upstream socket, and the effect of faults on the two. */
export class ProxiedConnection {
  readonly id: number
  readonly client: Socket
  /** Resolves when both sockets are closed. */
  readonly settled: Promise<void>
  readonly #upstream: Socket
  readonly #faults: Faults
  readonly #toServer: Pipe
  readonly #toClient: Pipe
  /** Discards what either side sends, until pass() … */
  #blackholed = false
  /** … or for good once bytes were lost: the two sides no longer agree on the stream. */
  #dead = false
  #clientMayTurn = true
  #bytesLeft: number
  #atLimit: ByteLimit["ending"]
  #roundTrips = 0
  #bytesToServer = 0
  #bytesToClient = 0

  constructor(id: number, client: Socket, upstream: Socket, faults: Faults) {
    this.id = id
    this.client = client
    this.#upstream = upstream
    this.#faults = faults
    this.#bytesLeft = faults.afterBytes.bytes
    this.#atLimit = faults.afterBytes.ending
    const shared = { bytesPerSecond: () => faults.bytesPerSecond, admit: (bytes: Buffer) => this.#admit(bytes) }
    this.#toServer = new Pipe({ ...shared, from: client, to: upstream, delayMs: () => faults.latencyMs / 2 })
    this.#toClient = new Pipe({
      ...shared,
      from: upstream,
      to: client,
      delayMs: () => faults.latencyMs / 2 + (this.#bytesToClient === 0 ? faults.firstByteDelayMs : 0),
      admit: (bytes) => this.#answer(bytes),
    })
    this.settled = Promise.all([client, upstream].map((socket) => new Promise((resolve) => socket.once("close", resolve)))).then(
      () => undefined,
    )
    this.#wire(client, upstream, this.#toServer)
    this.#wire(upstream, client, this.#toClient)
  }

  get traffic(): ConnectionTraffic {
    return {
      id: this.id,
      open: !this.client.destroyed,
      roundTrips: this.#roundTrips,
      bytesToServer: this.#bytesToServer,
      bytesToClient: this.#bytesToClient,
    }
  }

  cut(): void {
    this.#stop()
    this.client.destroy()
    this.#upstream.destroy()
  }

  reset(): void {
    this.#stop()
    reset(this.client)
    reset(this.#upstream)
  }

  limit({ bytes, ending }: ByteLimit): void {
    this.#bytesLeft = bytes
    this.#atLimit = ending
  }

  blackhole(): void {
    this.#blackholed = true
  }

  halfOpen(drop: HalfOpenSide): void {
    if (drop === "neither") return
    this.#dead = true
    this.#stop()
    ;(drop === "upstream" ? this.#upstream : this.client).destroy()
  }

  /** Ends this connection's faults, when the proxy's have ended. */
  pass(): void {
    this.#bytesLeft = Number.POSITIVE_INFINITY
    this.#blackholed = false
    if (this.#dead && (this.client.readableEnded || this.client.destroyed)) this.cut()
  }

  #wire(from: Socket, to: Socket, pipe: Pipe): void {
    let failed = false
    from.on("data", (bytes: Buffer) => {
      if (from === this.client) this.#asked(bytes)
      if (this.#swallows()) this.#dead = true
      else pipe.push(bytes)
    })
    from.on("end", () => {
      if (this.#passesEnds()) pipe.end()
      else this.#swallowEnd(from)
    })
    from.on("error", () => {
      failed = true
    })
    from.on("close", () => {
      if (to.destroyed) return
      if (!this.#passesEnds()) this.#swallowEnd(from)
      else if (failed) reset(to)
      else if (!from.readableEnded) to.destroy()
    })
    to.on("drain", () => pipe.drained())
  }

  #swallows(): boolean {
    return this.#blackholed || this.#dead
  }

  #passesEnds(): boolean {
    return this.#faults.passEnds && !this.#swallows()
  }

  #swallowEnd(from: Socket): void {
    this.#dead = true
    // The fault is over and the client has noticed: there is nothing left to simulate.
    if (from === this.client && this.#faults.passEnds && !this.#blackholed) this.cut()
  }

  // A round trip starts when the client sends after a response; counted on the client's side, not where bytes wait for a delay.
  #asked(bytes: Buffer): void {
    this.#bytesToServer += bytes.length
    if (this.#clientMayTurn) this.#roundTrips += 1
    this.#clientMayTurn = false
  }

  #answer(bytes: Buffer): number {
    const admitted = this.#admit(bytes)
    if (admitted > 0) this.#clientMayTurn = true
    this.#bytesToClient += admitted
    return admitted
  }

  #admit(bytes: Buffer): number {
    if (this.#swallows()) {
      this.#dead = true
      return 0
    }
    const admitted = Math.min(bytes.length, this.#bytesLeft)
    this.#bytesLeft -= admitted
    if (this.#bytesLeft <= 0) this.#reached(admitted < bytes.length)
    return admitted
  }

  #reached(lostBytes: boolean): void {
    if (this.#atLimit === "blackhole") {
      this.#blackholed = true
      if (lostBytes) this.#dead = true
    }
    // After the admitted bytes are written: a cut at byte n lets n bytes pass.
    else setImmediate(() => this.cut())
  }

  #stop(): void {
    this.#toServer.stop()
    this.#toClient.stop()
    // Discarded bytes must be read first.
    this.client.resume()
    this.#upstream.resume()
  }
}

// A Unix socket has no RST, and Node throws on the attempt.
function reset(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy()
  else socket.resetAndDestroy()
}
