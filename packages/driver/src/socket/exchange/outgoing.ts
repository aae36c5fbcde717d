/** Frontend messages after which the server says ReadyForQuery once: Query, Sync, FunctionCall. */
const CYCLE_ENDS: ReadonlySet<number> = new Set([0x51, 0x53, 0x46])
/** Messages of the extended protocol, which a Sync ends: Bind, Close, Describe, Execute, Flush, Parse. */
const EXTENDED: ReadonlySet<number> = new Set([0x42, 0x43, 0x44, 0x45, 0x48, 0x50])
/** Messages that say which statement it is: Query, Parse, Bind. */
const OPENING: ReadonlySet<number> = new Set([0x51, 0x50, 0x42])

/** The first message of a statement, when it was written in one piece. */
export interface OpeningMessage {
  readonly type: "query" | "parse" | "bind"
  /** Behind the length. */
  readonly body: Buffer
}

/**
 * Reads along with what a driver sends, headers alone, so that the toolkit knows of everything that is under way: also of what was
 * sent through the driver's own client.
 */
export class Outgoing {
  /** Extended messages were sent that no Sync has ended yet: a cursor of the driver's own client, for one. */
  open = false
  readonly #cycle: (opening: OpeningMessage | undefined) => void
  #opening: OpeningMessage | undefined
  /** Bytes of a message's body that are still to come. */
  #skip = 0
  /** The beginning of a header that goes on in the next chunk. */
  #partial: Buffer | undefined

  /** @param cycle called for each message that the server will answer with ReadyForQuery, with what the statement began with */
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
