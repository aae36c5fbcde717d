import type { Socket } from "node:net"

/** With fewer statements under way than this, what is written leaves in this turn of the event loop: the server may be waiting for it. */
const BUSY = 8
/** With as many kept back, they leave although the server has enough to do. */
const MANY = 16
/** Nor is more than this kept back. */
const MAX_KEPT_BYTES = 65_536

/**
 * Sends many statements in one write: a write costs more than all the rest of a small query. While the server has enough to do, statements
 * are kept back; none of them waits longer for its answer, since the server reads one after another. What is kept back leaves as soon as the
 * server has answered enough: there is always something under way that it has to answer.
 *
 * For drivers that write a statement before `send()` returns. One that writes later would not write the next one before the first is answered.
 */
export class WriteWindow {
  readonly #socket: Pick<Socket, "write">
  #chunks: Buffer[] = []
  #bytes = 0
  /** Statements in {@link #chunks}. */
  #kept = 0
  /** Statements that were sent and are not answered. */
  #underWay = 0
  #scheduled = false

  constructor(socket: Pick<Socket, "write">) {
    this.#socket = socket
  }

  /** The bytes that are written next end a statement, which the server will answer with ReadyForQuery. */
  statement(): void {
    this.#kept++
  }

  /** A ReadyForQuery came. */
  answered(): void {
    this.#underWay--
    if (this.#chunks.length > 0) this.#scheduleIfDue()
  }

  /** As of net.Socket. With a callback nothing is kept back. */
  write(bytes: Buffer, callback?: (error?: Error | null) => void): boolean {
    this.#chunks.push(bytes)
    this.#bytes += bytes.length
    if (callback !== undefined || this.#bytes >= MAX_KEPT_BYTES) return this.flush(callback)
    this.#scheduleIfDue()
    return true
  }

  /** Sends what is kept back. */
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
    // A statement is several writes, and a turn may bring several statements.
    process.nextTick(this.#due)
  }

  readonly #due = (): void => {
    this.#scheduled = false
    if (this.#isDue) this.flush()
  }
}
