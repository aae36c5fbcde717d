import type { Socket } from "node:net"

/** With fewer statements in flight than this, writes leave in this turn of the event loop: the server may be idle. */
const BUSY = 8
/** With this many statements buffered, they leave even though the server is busy. */
const MANY = 16
/** Maximum number of bytes buffered. */
const MAX_KEPT_BYTES = 65_536

/**
 * Batches statements into one write, because a write costs more than the rest of a small query. Statements are buffered while the server is
 * busy, which delays none of them, since the server executes one after another. The buffer leaves as soon as few enough are in flight, so
 * the server always has work.
 *
 * For drivers that write a statement before `send()` returns. One that writes later would not write the next before the first is answered.
 */
export class WriteWindow {
  readonly #socket: Pick<Socket, "write">
  #chunks: Buffer[] = []
  #bytes = 0
  /** Statements in {@link #chunks}. */
  #kept = 0
  /** Statements sent and not answered. */
  #underWay = 0
  #scheduled = false

  constructor(socket: Pick<Socket, "write">) {
    this.#socket = socket
  }

  /** The bytes written next end a statement that the server answers with ReadyForQuery. */
  statement(): void {
    this.#kept++
  }

  /** Called at ReadyForQuery. */
  answered(): void {
    this.#underWay--
    if (this.#chunks.length > 0) this.#scheduleIfDue()
  }

  /** Like net.Socket's. With a callback, nothing is buffered. */
  write(bytes: Buffer, callback?: (error?: Error | null) => void): boolean {
    this.#chunks.push(bytes)
    this.#bytes += bytes.length
    if (callback !== undefined || this.#bytes >= MAX_KEPT_BYTES) return this.flush(callback)
    this.#scheduleIfDue()
    return true
  }

  /** Sends the buffer. */
  flush(callback?: (error?: Error | null) => void): boolean {
    const chunks = this.#chunks
    if (chunks.length === 0) return true
    this.#chunks = []
    this.#bytes = 0
    this.#underWay += this.#kept
    this.#kept = 0
    return this.#socket.write(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), callback)
  }

  get #isDue(): boolean {
    return this.#underWay < BUSY || this.#kept >= MANY
  }

  #scheduleIfDue(): void {
    if (this.#scheduled || !this.#isDue) return
    this.#scheduled = true
    // A statement is several writes, and one turn may send several statements.
    process.nextTick(this.#due)
  }

  readonly #due = (): void => {
    this.#scheduled = false
    if (this.#isDue) this.flush()
  }
}
