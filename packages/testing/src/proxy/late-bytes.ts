import { connect, type Socket } from "node:net"
import type { Upstream } from "./fault-proxy.ts"

/** Bytes still on their way to the server after the client's connection has ended. */
export class LateBytes {
  readonly #upstream: Upstream
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #sockets = new Set<Socket>()

  constructor(upstream: Upstream) {
    this.#upstream = upstream
  }

  /** Sends them after that many ms, on a separate connection; `Infinity`: never. */
  pass(bytes: Buffer, ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      const socket = connect(this.#upstream)
      this.#sockets.add(socket)
      socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket))
      socket.resume().write(bytes)
    }, ms)
    this.#timers.add(timer)
  }

  /** Discards what has not been sent. */
  drop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    for (const socket of this.#sockets) socket.destroy()
  }
}
