import { EventEmitter } from "node:events"
import type { Socket } from "node:net"
import type { DetailedPeerCertificate, PeerCertificate, TLSSocket } from "node:tls"
import { WriteWindow } from "./write-window.ts"

/** Observes a Wire. Each method is called outside the driver's handlers and may end the connection. */
export interface WireOwner {
  /** Called before the driver sees the bytes. `"hold"` keeps them until {@link Wire.release}, `"take"` hides them from the driver. */
  received(chunk: Buffer): "pass" | "hold" | "take"
  /** Called after the driver saw the bytes, or they were taken. */
  delivered(): void
  /** Called with what the driver sends; the return value is sent instead. */
  sending?: ((chunk: Buffer) => Buffer | undefined) | undefined
  /** The driver threw while reading: its state is unreliable. */
  driverThrew(error: unknown): void
  /** The socket ended, failed or was destroyed. */
  disconnected(error: Error | undefined): void
}

/** The socket is paused while more than this waits to be pulled. */
const MAX_PULLED_BYTES = 65_536

/**
 * Replaces the socket for a driver: the part of net.Socket that pg and postgres.js use. A driver that throws in its data handler does not
 * end the process, and one that removes all listeners removes only its own.
 */
export class Wire extends EventEmitter {
  readonly #socket: Socket | TLSSocket
  readonly #held: Buffer[] = []
  #owner: WireOwner | undefined
  readonly #whenDrained: (() => void)[] = []
  /** Chunks for {@link read}. */
  readonly #pulled: Buffer[] = []
  #pulledBytes = 0
  #holding = false
  #window: WriteWindow | undefined
  /** Destroyed by the driver, rather than by the peer or the toolkit. */
  endedByDriver = false
  #closed = false

  constructor(socket: Socket | TLSSocket) {
    super()
    this.#socket = socket
  }

  /** Starts reading: the socket's listeners belong to the Wire from now on. A later call replaces the owner. */
  attach(owner: WireOwner): void {
    const first = this.#owner === undefined
    this.#owner = owner
    if (!first) return
    const socket = this.#socket
    socket.on("data", (chunk: Buffer) => this.#received(chunk))
    socket.on("drain", () => this.#drained())
    socket.on("error", (error: Error) => this.#ended(error))
    socket.on("end", () => this.#ended(undefined))
    socket.on("close", () => this.#ended(undefined))
    if (socket.destroyed) this.#ended(socket.errored ?? undefined)
  }

  /** From now on several statements may leave in one write. */
  openWindow(): WriteWindow {
    this.#window = new WriteWindow(this.#socket)
    return this.#window
  }

  /** Sends bytes that do not come from the driver. */
  send(bytes: Buffer): void {
    if (this.#closed) return
    this.#window?.flush()
    this.#socket.write(bytes)
  }

  /** Resolves when the socket accepts more from {@link send}, or is closed. */
  drained(): Promise<void> | undefined {
    if (this.#closed || !this.#socket.writableNeedDrain) return undefined
    return new Promise((resolve) => this.#whenDrained.push(resolve))
  }

  #drained(): void {
    for (const resolve of this.#whenDrained.splice(0)) resolve()
    this.#emit("drain")
  }

  /** Passes bytes to the driver as if received. */
  deliver(chunk: Buffer): void {
    if (this.listenerCount("data") === 0 && this.listenerCount("readable") > 0) this.#keep(chunk)
    else {
      this.#handOver()
      this.#emit("data", chunk)
    }
  }

  /** For a reader that pulls: buffers, and pauses the socket when the reader lags. */
  #keep(chunk: Buffer): void {
    this.#pulled.push(chunk)
    this.#pulledBytes += chunk.length
    if (this.#pulledBytes > MAX_PULLED_BYTES) this.#socket.pause()
    this.#emit("readable")
  }

  /** Passes what a pulling reader left unread to the next reader. */
  #handOver(): void {
    if (this.#pulled.length === 0 || this.listenerCount("data") === 0) return
    this.#pulledBytes = 0
    for (const chunk of this.#pulled.splice(0)) this.#emit("data", chunk)
  }

  /** Delivers the held bytes and continues reading. */
  release(): void {
    this.#holding = false
    for (const chunk of this.#held.splice(0)) this.deliver(chunk)
    this.#owner?.delivered()
    if (!this.#closed) this.#socket.resume()
  }

  /** Closes gracefully: pending writes are sent first. Resolves when the socket is closed. */
  finish(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.closed) return resolve()
      this.#socket.once("close", () => resolve())
      this.#socket.end()
    })
  }

  /** Closes immediately, which the driver sees as well. */
  disconnect(): void {
    this.#socket.destroy()
    this.#ended(undefined)
  }

  keepProcessAlive(yes: boolean): void {
    if (this.#closed) return
    if (yes) this.#socket.ref()
    else this.#socket.unref()
  }

  #received(chunk: Buffer): void {
    if (this.#closed || this.#owner === undefined) return
    const verdict = this.#holding ? "hold" : this.#owner.received(chunk)
    if (verdict === "hold") {
      this.#holding = true
      this.#held.push(chunk)
      this.#socket.pause()
      return
    }
    if (this.#closed) return
    if (verdict === "pass") this.deliver(chunk)
    this.#owner.delivered()
  }

  #ended(error: Error | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#owner?.disconnected(error)
    this.#socket.destroy()
    for (const resolve of this.#whenDrained.splice(0)) resolve()
    this.#emit("end")
    this.#emit("close", false)
  }

  #emit(event: string, ...values: unknown[]): void {
    try {
      this.emit(event, ...values)
    } catch (error) {
      this.#owner?.driverThrew(error)
    }
  }

  // From here on: the part of net.Socket that drivers need.

  get writable(): boolean {
    return !this.#closed && this.#socket.writable
  }

  get readyState(): string {
    return this.#closed ? "closed" : "open"
  }

  get destroyed(): boolean {
    return this.#closed
  }

  /** Already connected: emits `connect` for drivers that dial. */
  connect(): this {
    queueMicrotask(() => this.#emit("connect"))
    return this
  }

  write(chunk: Buffer | string, callback?: (error?: Error | null) => void): boolean {
    if (this.#closed) {
      if (callback !== undefined) queueMicrotask(() => callback(new Error("the connection is closed")))
      return false
    }
    const sending = this.#owner?.sending
    if (sending === undefined) return this.#socket.write(chunk, callback)
    const bytes = sending.call(this.#owner, typeof chunk === "string" ? Buffer.from(chunk) : chunk)
    if (bytes !== undefined) return (this.#window ?? this.#socket).write(bytes, callback)
    if (callback !== undefined) queueMicrotask(callback)
    return true
  }

  end(chunk?: Buffer | string): this {
    if (this.#closed) return this
    if (chunk !== undefined) this.write(chunk)
    this.#window?.flush()
    this.#socket.end()
    return this
  }

  destroy(): this {
    if (!this.#closed) this.endedByDriver = true
    this.disconnect()
    return this
  }

  cork(): void {
    if (this.#window === undefined) this.#socket.cork()
  }

  uncork(): void {
    if (this.#window === undefined) this.#socket.uncork()
  }

  /** For streams over the driver's own client that pull (pg-copy-streams): with `readable` listeners and no `data` listener. */
  read(): Buffer | null {
    const chunk = this.#pulled.shift()
    if (chunk === undefined) return null
    this.#pulledBytes -= chunk.length
    if (this.#pulledBytes === 0) this.resume()
    return chunk
  }

  /** As with net.Socket, adding a `readable` listener starts reading even if the stream was paused. */
  override on(event: string, listener: (...values: never[]) => void): this {
    super.on(event, listener as (...values: unknown[]) => void)
    if (event === "readable") this.resume()
    return this
  }

  pause(): this {
    this.#socket.pause()
    return this
  }

  resume(): this {
    this.#handOver()
    if (!this.#holding && !this.#closed) this.#socket.resume()
    return this
  }

  /** For channel binding. */
  getPeerCertificate(detailed?: boolean): PeerCertificate | DetailedPeerCertificate {
    return (this.#socket as TLSSocket).getPeerCertificate(detailed as true)
  }

  // Set when the socket was dialled, or decided by the connection.
  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
