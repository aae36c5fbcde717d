import { PgsdError } from "../../errors.ts"
import type { Wire } from "../protocol/wire.ts"
import type { Exchange } from "./exchange.ts"
import { beginCopyOut, COPY_FAILS } from "./messages.ts"

/** The socket is paused above this many unread bytes … */
const PAUSE_BYTES = 262_144
/** … and resumed below this many. */
const RESUME_BYTES = 65_536

/**
 * A COPY at its end is read to it within this time: a CancelRequest that meets none may hit the next statement, and costs the connection. A
 * longer one is cancelled in the middle.
 */
const ENDS_BY_ITSELF_MS = 50

/** COPY … TO STDOUT: yields the payload of CopyData messages, one buffer per received chunk, with back-pressure. */
export class CopyOut implements Exchange {
  copying = false
  readonly rows = undefined
  failure: { readonly error: unknown } | undefined
  readonly #wire: Wire
  readonly #sql: string
  readonly #chunks: Buffer[] = []
  #bytes = 0
  /** End of the payload gathered in the current chunk. */
  #at = 0
  #paused = false
  /** The consumer has stopped reading. */
  #dropping = false
  #isOver = false
  #wake: (() => void) | undefined

  constructor(wire: Wire, sql: string) {
    this.#wire = wire
    this.#sql = sql
  }

  /** The next data, undefined at the end. */
  async take(): Promise<Buffer | undefined> {
    while (this.#chunks.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) this.#bytes -= chunk.length
    if (this.#paused && this.#bytes < RESUME_BYTES) this.#resume()
    return chunk
  }

  /** Discards all further data. */
  drop(): void {
    this.#dropping = true
    this.#chunks.length = 0
    this.#bytes = 0
    this.#resume()
    this.#wakeUp()
  }

  begin(): void {
    this.#wire.send(beginCopyOut(this.#sql))
  }

  copyStarted(direction: "in" | "out" | "both"): void {
    this.copying = true
    if (direction === "out") return
    this.failure = { error: new PgsdError("PGSD_INVALID_PARAMETER", "the statement of copyTo() must be COPY … TO STDOUT") }
    this.#wire.send(COPY_FAILS)
  }

  copyData(chunk: Buffer, start: number, end: number): void {
    if (this.#dropping) return
    // In place: nothing else reads the chunk, and each row has a header of five bytes.
    chunk.copyWithin(this.#at, start, end)
    this.#at += end - start
  }

  suspended(): void {}

  chunkRead(chunk: Buffer): void {
    if (this.#at === 0) return
    this.#chunks.push(chunk.subarray(0, this.#at))
    this.#bytes += this.#at
    this.#at = 0
    if (this.#bytes > PAUSE_BYTES && !this.#paused) {
      this.#paused = true
      this.#wire.pause()
    }
    this.#wakeUp()
  }

  concluded(): void {}

  stop(): number {
    this.drop()
    return ENDS_BY_ITSELF_MS
  }

  over(): void {
    this.#isOver = true
    this.#resume()
    this.#wakeUp()
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#wire.resume()
  }

  #wakeUp(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}
