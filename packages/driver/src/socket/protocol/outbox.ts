import { SYNC } from "./frontend-message.ts"

const SLAB_BYTES = 16_384
/** Longer strings are encoded faster by the runtime than by a loop. */
const LOOP_CHARACTERS = 32
/** Up to this length, three bytes per character are reserved; longer strings are measured. */
const MEASURED_FROM = 2_000

const QUERY = 0x51
const PARSE = 0x50
const BIND = 0x42
const DESCRIBE = 0x44
const CLOSE = 0x43
const EXECUTE = 0x45
const STATEMENT = 0x53
const PORTAL = 0x50

const EXECUTE_AND_SYNC = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4])

const NOTHING = Buffer.alloc(0)

/**
 * Encodes frontend messages (PostgreSQL documentation, "Message Formats") into one buffer, so that a statement is one write however many
 * messages it has. Bytes that were posted are never overwritten: a full buffer is replaced.
 */
export class Outbox {
  readonly #write: (bytes: Buffer) => void
  #bytes: Buffer = NOTHING
  /** Bytes before this offset were posted. */
  #from = 0
  #at = 0

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write
  }

  /** Posts what was written since the last call. */
  post(): void {
    if (this.#at === this.#from) return
    const bytes = this.#bytes.subarray(this.#from, this.#at)
    this.#from = this.#at
    // Releases the buffer, so that an idle connection does not keep what it sent last.
    if (this.#bytes.length > SLAB_BYTES) {
      this.#bytes = NOTHING
      this.#from = this.#at = 0
    }
    this.#write(bytes)
  }

  /** Query: the simple protocol. */
  query(sql: string): void {
    this.#reserve(6 + room(sql))
    const head = this.#begin(QUERY)
    this.#string(sql)
    this.#end(head)
  }

  /** Parse, with parameter types inferred by the server. */
  parse(name: string, sql: string): void {
    this.#reserve(9 + room(name) + room(sql))
    const head = this.#begin(PARSE)
    this.#string(name)
    this.#string(sql)
    this.#int16(0)
    this.#end(head)
  }

  /**
   * Bind, with every parameter in text format.
   *
   * @param formats of the result columns: 0 is text, 1 is binary. @default text for all
   * @param portal @default the unnamed one
   */
  bind(name: string, values: readonly (string | null)[], formats: readonly number[] = [], portal = ""): void {
    let bytes = 13 + room(name) + room(portal) + 2 * formats.length
    for (const value of values) bytes += 4 + (value === null ? 0 : room(value))
    this.#reserve(bytes)
    const head = this.#begin(BIND)
    this.#string(portal)
    this.#string(name)
    this.#int16(0)
    this.#int16(values.length)
    for (const value of values) this.#value(value)
    this.#int16(formats.length)
    for (const format of formats) this.#int16(format)
    this.#end(head)
  }

  /** Describe of a portal. @param portal @default the unnamed one */
  describe(portal = ""): void {
    this.#named(DESCRIBE, PORTAL, portal)
  }

  /** Execute of the unnamed portal without a row limit, then Sync. */
  execute(): void {
    this.#copy(EXECUTE_AND_SYNC)
  }

  /** Execute of a portal. @param rows maximum number of rows; 0 for all */
  executePortal(portal: string, rows: number): void {
    this.#reserve(10 + room(portal))
    const head = this.#begin(EXECUTE)
    this.#string(portal)
    this.#int32(this.#at, rows)
    this.#at += 4
    this.#end(head)
  }

  sync(): void {
    this.#copy(SYNC)
  }

  /** Close of a prepared statement; not an error if it does not exist. */
  close(name: string): void {
    this.#named(CLOSE, STATEMENT, name)
  }

  /** Close of a portal; not an error if it does not exist. */
  closePortal(portal: string): void {
    this.#named(CLOSE, PORTAL, portal)
  }

  #named(type: number, what: number, name: string): void {
    this.#reserve(7 + room(name))
    const head = this.#begin(type)
    this.#bytes[this.#at++] = what
    this.#string(name)
    this.#end(head)
  }

  #copy(message: Buffer): void {
    this.#reserve(message.length)
    this.#bytes.set(message, this.#at)
    this.#at += message.length
  }

  #reserve(bytes: number): void {
    if (this.#bytes.length - this.#at >= bytes) return
    this.post()
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes))
    this.#from = this.#at = 0
  }

  #begin(type: number): number {
    const head = this.#at
    this.#bytes[head] = type
    this.#at = head + 5
    return head
  }

  #end(head: number): void {
    this.#int32(head + 1, this.#at - head - 1)
  }

  #int16(value: number): void {
    this.#bytes[this.#at++] = value >> 8
    this.#bytes[this.#at++] = value
  }

  #int32(at: number, value: number): void {
    const bytes = this.#bytes
    bytes[at] = value >> 24
    bytes[at + 1] = value >> 16
    bytes[at + 2] = value >> 8
    bytes[at + 3] = value
  }

  #value(value: string | null): void {
    const at = this.#at
    this.#at += 4
    if (value !== null) this.#characters(value)
    this.#int32(at, value === null ? -1 : this.#at - at - 4)
  }

  #string(text: string): void {
    this.#characters(text)
    this.#bytes[this.#at++] = 0
  }

  #characters(text: string): void {
    if (text.length > LOOP_CHARACTERS || !this.#ascii(text)) this.#at += this.#bytes.write(text, this.#at)
  }

  #ascii(text: string): boolean {
    const bytes = this.#bytes
    const at = this.#at
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) return false
      bytes[at + i] = code
    }
    this.#at = at + text.length
    return true
  }
}

/** An upper bound for the length of a string in UTF-8. */
function room(text: string): number {
  return text.length < MEASURED_FROM ? 3 * text.length : Buffer.byteLength(text)
}
