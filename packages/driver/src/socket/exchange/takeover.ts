import type { RowListener, Tap } from "../protocol/tap.ts"
import type { Wire } from "../protocol/wire.ts"
import type { Request } from "./request.ts"

/**
 * Gives exchanges exclusive use of the wire, one at a time. An exchange begins when the driver has nothing in flight and no message has
 * been partly read; until it ends, the driver sees only asynchronous messages, and what it sends is held back.
 */
export class Takeover {
  readonly #wire: Wire
  readonly #tap: Tap
  /** Next in turn, waiting for the driver to finish. */
  #waiting: Request | undefined
  #running: Request | undefined
  readonly #held: Buffer[] = []
  /** The row reader between exchanges. */
  #rows: RowListener | undefined
  /** A chunk is being read or passed to the driver. */
  #reading = false

  constructor(wire: Wire, tap: Tap) {
    this.#wire = wire
    this.#tap = tap
  }

  /** Queues a request whose turn has come; {@link beginIfIdle} begins it. */
  wants(request: Request): void {
    this.#waiting = request
  }

  /** Removes a request that still waits. @returns false if it has begun, or was never queued */
  withdraw(request: Request): boolean {
    if (this.#waiting !== request) return false
    this.#waiting = undefined
    return true
  }

  /** @param idle the driver has nothing in flight @returns the request that has begun */
  beginIfIdle(idle: boolean): Request | undefined {
    const request = this.#waiting
    if (request === undefined || !idle || this.#reading || this.#tap.midMessage) return undefined
    this.#waiting = undefined
    this.#running = request
    this.#tap.aside = []
    this.#tap.copy = request.exchange
    this.#rows = this.#tap.rows
    this.#tap.rows = request.exchange?.rows
    return request
  }

  /** True if the driver's bytes are held back until the exchange ends. */
  holds(bytes: Buffer): boolean {
    if (this.#running === undefined) return false
    this.#held.push(bytes)
    return true
  }

  /** @returns what the driver sent in the meantime */
  end(): readonly Buffer[] {
    this.#running?.exchange?.over()
    this.#running = undefined
    this.#tap.copy = undefined
    this.#tap.rows = this.#rows
    return this.#held.splice(0)
  }

  /** Wraps the Tap's reading of each chunk. @returns true if the driver must not see the chunk */
  read(chunk: Buffer, tapReads: (chunk: Buffer) => void): boolean {
    this.#reading = true
    const running = this.#running?.exchange
    tapReads(chunk)
    running?.chunkRead(chunk)
    if (running === undefined) return false
    for (const message of this.#tap.aside?.splice(0) ?? []) this.#wire.deliver(message)
    if (this.#running === undefined) {
      this.#tap.aside = undefined
      // The start of a message after the exchange: the driver will get the rest of it.
      for (const part of this.#tap.begun) this.#wire.deliver(part)
    }
    return true
  }

  /** The driver has seen the chunk. */
  readEnds(): void {
    this.#reading = false
  }
}
