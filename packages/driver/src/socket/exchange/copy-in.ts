import { setImmediate } from "node:timers/promises"
import type { CopyReader } from "../../adapter/copy-reader.ts"
import { PgsdError } from "../../errors.ts"
import { SYNC } from "../protocol/frontend-message.ts"
import type { Wire } from "../protocol/wire.ts"
import type { Exchange } from "./exchange.ts"
import { beginCopyIn, COPY_ENDS, COPY_FAILS, copyData } from "./messages.ts"

/** Maximum size of one CopyData message; after each one, back-pressure of the socket is honoured. */
const PIECE_BYTES = 262_144
/** Yields to the event loop after this many messages: with a source that never waits, the server's error would not be read. */
const PIECES_PER_TURN = 4

/** How long the server may take to respond to the end of a stopped COPY. */
const ENDS_BY_ITSELF_MS = 500

/** COPY … FROM STDIN: sends what the source yields, with back-pressure. */
export class CopyIn implements Exchange {
  /** The source's error, which is the cause of the server's. */
  failure: { readonly error: unknown } | undefined
  readonly #wire: Wire
  readonly #sql: string
  readonly #source: CopyReader
  /** `sending`: the server expects data; `sent`: CopyDone or CopyFail was sent; `over`: the server expects no more data. */
  #phase: "begun" | "sending" | "sent" | "over" = "begun"
  #synced = false
  #stopped = false
  readonly rows = undefined
  #pieces = 0

  constructor(wire: Wire, sql: string, source: CopyReader) {
    this.#wire = wire
    this.#sql = sql
    this.#source = source
  }

  get copying(): boolean {
    return this.#phase === "sending" || this.#phase === "sent"
  }

  begin(): void {
    this.#wire.send(beginCopyIn(this.#sql))
  }

  copyStarted(direction: "in" | "out" | "both"): void {
    if (direction !== "in") {
      this.failure = { error: new PgsdError("PGSD_INVALID_PARAMETER", "the statement of copyFrom() must be COPY … FROM STDIN") }
      return
    }
    this.#phase = "sending"
    if (this.#stopped) this.#fail()
    else void this.#pump()
  }

  copyData(): void {}

  concluded(): void {
    this.#phase = "over"
    if (!this.#synced) this.#wire.send(SYNC)
    this.#synced = true
  }

  suspended(): void {}

  chunkRead(): void {}

  stop(): number {
    this.#stopped = true
    if (this.#phase === "sending") this.#fail()
    return this.#synced ? ENDS_BY_ITSELF_MS : 0
  }

  over(): void {
    this.#phase = "over"
    this.#source.leave()
  }

  async #pump(): Promise<void> {
    try {
      for (let chunk = await this.#source.next(); chunk !== undefined; chunk = await this.#source.next()) {
        if (this.#phase === "sending") await this.#write(chunk)
        if (this.#phase !== "sending") return this.#source.leave()
      }
      if (this.#phase === "sending") this.#send(COPY_ENDS)
    } catch (error) {
      if (this.#phase !== "sending") return
      this.failure = { error }
      this.#fail()
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      this.#wire.send(copyData(bytes.subarray(at, at + PIECE_BYTES)))
      await this.#wire.drained()
      if (++this.#pieces % PIECES_PER_TURN === 0) await setImmediate()
      if (this.#phase !== "sending") return
    }
  }

  #fail(): void {
    this.#send(COPY_FAILS)
    this.#source.leave()
  }

  #send(end: Buffer): void {
    this.#phase = "sent"
    this.#synced = true
    this.#wire.send(end)
  }
}
