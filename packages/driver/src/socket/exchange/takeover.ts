import type { RowListener, Tap } from "../protocol/tap.ts"
import type { Wire } from "../protocol/wire.ts"
import type { Request } from "./request.ts"

/**
 * Gives the wire to one exchange after the other, past the driver. It begins when nothing of the driver's is under way and no message has
 * been read by half; until it is over the driver hears of asynchronous messages alone, and what it sends waits.
 */
export class Takeover {
  readonly #wire: Wire
  readonly #tap: Tap
  /** Its turn has come, and the driver is not through. */
  #waiting: Request | undefined
  #running: Request | undefined
  readonly #held: Buffer[] = []
  /** Who reads rows when no exchange runs. */
  #rows: RowListener | undefined
  /** A chunk is being read or handed to the driver. */
  #reading = false

  constructor(wire: Wire, tap: Tap) {
    this.#wire = wire
    this.#tap = tap
  }

  /** Its turn has come; {@link beginIfQuiet} begins it. */
  wants(request: Request): void {
    this.#waiting = request
  }

  /** @param quiet nothing of the driver's is under way @returns the request that has begun */
  beginIfQuiet(quiet: boolean): Request | undefined {
    const request = this.#waiting
    if (request === undefined || !quiet || this.#reading || this.#tap.midMessage) return undefined
    this.#waiting = undefined
    this.#running = request
    this.#tap.aside = []
    this.#tap.copy = request.exchange
    this.#rows = this.#tap.rows
    this.#tap.rows = request.exchange?.rows
    return request
  }

  /** True when the bytes of the driver are kept until the exchange is over. */
  holds(bytes: Buffer): boolean {
    if (this.#running === undefined) return false
    this.#held.push(bytes)
    return true
  }

  /** @returns what the driver wanted to send meanwhile */
  end(): readonly Buffer[] {
    this.#running?.exchange?.over()
    this.#running = undefined
    this.#tap.copy = undefined
    this.#tap.rows = this.#rows
    return this.#held.splice(0)
  }

  /** Around the reading of each chunk by the Tap. @returns true when the driver must not see the chunk */
  read(chunk: Buffer, tapReads: (chunk: Buffer) => void): boolean {
    this.#reading = true
    const running = this.#running?.exchange
    tapReads(chunk)
    running?.chunkRead(chunk)
    if (running === undefined) return false
    for (const message of this.#tap.aside?.splice(0) ?? []) this.#wire.deliver(message)
    if (this.#running === undefined) {
      this.#tap.aside = undefined
      // The beginning of a message behind the exchange: the driver will see the rest of it.
      for (const part of this.#tap.begun) this.#wire.deliver(part)
    }
    return true
  }

  /** The driver has seen the chunk. */
  readEnds(): void {
    this.#reading = false
  }
}
