/** Frontend messages that the server answers with one ReadyForQuery: Query, Sync, FunctionCall. */
const CYCLE_ENDS: ReadonlySet<number> = new Set([0x51, 0x53, 0x46])
/** Extended-protocol messages, which need a Sync: Bind, Close, Describe, Execute, Flush, Parse. */
const EXTENDED: ReadonlySet<number> = new Set([0x42, 0x43, 0x44, 0x45, 0x48, 0x50])
/** Messages that identify the statement: Query, Parse, Bind. */
const OPENING: ReadonlySet<number> = new Set([0x51, 0x50, 0x42])

/** The first message of a statement, if it was written in one piece. */
export interface OpeningMessage {
  readonly type: "query" | "parse" | "bind"
  /** The message without type and length. */
  readonly body: Buffer
}

/**
 * Parses the headers of what a driver sends, so that the toolkit knows everything that is in flight, including what was sent through
 * `native`.
 */
export class Outgoing {
  /** Extended-protocol messages were sent without a Sync so far, for example by a cursor of the driver's own client. */
  open = false
  readonly #cycle: (opening: OpeningMessage | undefined) => void
  #opening: OpeningMessage | undefined
  /** Bytes of the current message's body that are still to come. */
  #skip = 0
  /** The first part of a header that was split between chunks. */
  #partial: Buffer | undefined

  /** @param cycle called for each message that the server answers with ReadyForQuery, with the statement's first message */
  constructor(cycle: (opening: OpeningMessage | undefined) => void) {
    this.#cycle = cycle
  }

  read(bytes: Buffer): void {
    const chunk = this.#partial === undefined ? bytes : Buffer.concat([this.#partial, bytes])
    this.#partial = undefined
    let at = Math.min(this.#skip, chunk.length)
    this.#skip -= at
    while (at < chunk.length) {
      if (chunk.length - at < 5) {
        this.#partial = chunk.subarray(at)
        return
      }
      const type = chunk[at]!
      if (OPENING.has(type)) this.#opening ??= openingMessage(type, chunk, at)
      if (CYCLE_ENDS.has(type)) {
        const opening = this.#opening
        this.#opening = undefined
        this.open = false
        this.#cycle(opening)
      } else if (EXTENDED.has(type)) this.open = true
      at += 1 + chunk.readUInt32BE(at + 1)
    }
    this.#skip = at - chunk.length
  }
}

function openingMessage(type: number, chunk: Buffer, at: number): OpeningMessage | undefined {
  const end = at + 1 + chunk.readUInt32BE(at + 1)
  if (end > chunk.length) return undefined
  return { type: type === 0x51 ? "query" : type === 0x50 ? "parse" : "bind", body: chunk.subarray(at + 5, end) }
}
