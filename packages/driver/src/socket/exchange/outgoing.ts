/** Frontend messages that the server answers with one ReadyForQuery: Query, Sync, FunctionCall. */
const CYCLE_ENDS: ReadonlySet<number> = new Set([0x51, 0x53, 0x46])
/** Extended-protocol messages, which need a Sync: Bind, Close, Describe, Execute, Flush, Parse. */
const EXTENDED: ReadonlySet<number> = new Set([0x42, 0x43, 0x44, 0x45, 0x48, 0x50])
const QUERY = 0x51
const PARSE = 0x50
const BIND = 0x42

/** Where the first message of a statement was written that names it: Query, Parse or Bind. */
export interface Opening {
  readonly bytes: Buffer
  readonly at: number
}

/**
 * Parses the headers of what a driver sends, so that the toolkit knows everything that is in flight, including what was sent through
 * `native`.
 */
export class Outgoing {
  /** Extended-protocol messages were sent without a Sync so far, for example by a cursor of the driver's own client. */
  open = false
  readonly #cycle: () => void
  #openedIn: Buffer | undefined
  #openedAt = 0
  /** Bytes of the current message's body that are still to come. */
  #skip = 0
  /** The first part of a header that was split between chunks. */
  #partial: Buffer | undefined

  /** @param cycle called for each message that the server answers with ReadyForQuery */
  constructor(cycle: () => void) {
    this.#cycle = cycle
  }

  /** That of the statement for which `cycle` is being called. */
  get opening(): Opening | undefined {
    return this.#openedIn === undefined ? undefined : { bytes: this.#openedIn, at: this.#openedAt }
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
      if (this.#openedIn === undefined && (type === QUERY || type === PARSE || type === BIND)) {
        this.#openedIn = chunk
        this.#openedAt = at
      }
      if (CYCLE_ENDS.has(type)) {
        this.open = false
        this.#cycle()
        this.#openedIn = undefined
      } else if (EXTENDED.has(type)) this.open = true
      at += 1 + chunk.readUInt32BE(at + 1)
    }
    this.#skip = at - chunk.length
  }
}
