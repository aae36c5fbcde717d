import { constants } from "node:buffer"
import type { ServerError } from "../../classify.ts"
import type { Notice, Notification } from "../../contract.ts"
import { HEADER_BYTES, isPlausible, Message } from "./message.ts"
import { ProtocolViolation } from "./protocol-violation.ts"
import { checkRowDescription, readError, readNotice, readNotification, readParameterStatus } from "./server-message.ts"

/** The server's own words at ReadyForQuery. */
export type TransactionStatus = "idle" | "transaction" | "failed"

/** What the Tap tells, in the order of the wire and before the driver sees the bytes. Row data is told to {@link Tap.rows} alone. */
export interface TapListener {
  /** The kind (0 is AuthenticationOk) and the rest of the message. */
  authentication(kind: number, body: Buffer): void
  backendKeyData(processId: number, secretKey: Buffer): void
  /** What a portal is made of has been found and planned: what comes now is of its execution. */
  bindComplete(): void
  /** The tag of an empty statement is empty. */
  commandComplete(tag: string): void
  copyStarted(direction: "in" | "out" | "both"): void
  error(error: ServerError & { readonly severity: string }): void
  /** The version as in the startup packet, and how many options of the protocol the server does not know. */
  negotiateProtocolVersion(version: number, refusedOptions: number): void
  notice(notice: Notice): void
  notification(notification: Notification): void
  parameterStatus(name: string, value: string): void
  /** An Execute has given as many rows as it was to give at most. */
  portalSuspended(): void
  readyForQuery(status: TransactionStatus): void
}

/** Reads rows where the Tap frames them. The offsets are those of the message's body. */
export interface RowListener {
  rowDescription(bytes: Buffer, start: number, end: number): void
  dataRow(bytes: Buffer, start: number, end: number): void
}

/** Where the payload of CopyData goes; a message may come in several pieces. */
export interface CopyListener {
  copyData(chunk: Buffer, start: number, end: number): void
}

/** Messages that a server sends without being asked. */
const ASYNCHRONOUS: ReadonlySet<number> = new Set([Message.noticeResponse, Message.notificationResponse, Message.parameterStatus])

/**
 * Reads along with a driver: frames what the server sends, passes over row data by its length, and refuses what no
 * PostgreSQL would send before a driver trips over it.
 */
export class Tap {
  listener: TapListener
  /** Undefined: row data is passed over, and read by the driver. */
  rows: RowListener | undefined
  /** The longest message, as its own length says; undefined: PostgreSQL's own limits alone. */
  maxLength: number | undefined
  /** Undefined: the data of a COPY is passed over. */
  copy: CopyListener | undefined
  /** Given: gathers copies of the asynchronous messages. */
  aside: Buffer[] | undefined
  /** Bytes of row data still to pass over. */
  #skip = 0
  /** They are those of a CopyData. */
  #skipsCopy = false
  /** The beginning of a message that goes on in the next chunk … */
  #parts: Buffer[] = []
  /** … and how many bytes it takes to go on with it. */
  #missing = 0

  constructor(listener: TapListener) {
    this.listener = listener
  }

  /** @throws ProtocolViolation, and whatever the listener throws */
  read(chunk: Buffer): void {
    let at = 0
    if (this.#skip > 0) {
      at = Math.min(this.#skip, chunk.length)
      this.#skip -= at
      if (this.#skipsCopy) this.copy?.copyData(chunk, 0, at)
    }
    while (this.#missing > 0 && at < chunk.length) at = this.#resume(chunk, at)
    while (chunk.length - at >= HEADER_BYTES) {
      const type = chunk[at]!
      const length = ((chunk[at + 1]! << 24) | (chunk[at + 2]! << 16) | (chunk[at + 3]! << 8) | chunk[at + 4]!) >>> 0
      this.#check(type, length)
      const end = at + 1 + length
      if (this.#passesOver(type)) {
        this.#skipsCopy = type === Message.copyData
        if (this.#skipsCopy) this.copy?.copyData(chunk, at + HEADER_BYTES, Math.min(end, chunk.length))
        if (end > chunk.length) {
          this.#skip = end - chunk.length
          return
        }
      } else {
        if (end > chunk.length) {
          this.#hold(copyOf(chunk, at, chunk.length), end - chunk.length)
          return
        }
        this.#message(type, chunk, at + HEADER_BYTES, end)
      }
      at = end
    }
    if (at < chunk.length) this.#hold(copyOf(chunk, at, chunk.length), HEADER_BYTES - (chunk.length - at))
  }

  #check(type: number, length: number): void {
    checkLength(type, length)
    if (this.maxLength !== undefined && length > this.maxLength)
      throw new ProtocolViolation(`a message of ${length} bytes came before the session was open, where ${this.maxLength} is the limit`)
  }

  /** The last chunk ended inside a message. */
  get midMessage(): boolean {
    return this.#skip > 0 || this.#missing > 0
  }

  /** The beginning of the message in which the last chunk ended. */
  get begun(): readonly Buffer[] {
    return this.#parts
  }

  #passesOver(type: number): boolean {
    return type === Message.copyData || (type === Message.dataRow && this.rows === undefined)
  }

  #hold(part: Buffer, missing: number): void {
    this.#parts.push(part)
    this.#missing = missing
  }

  #resume(chunk: Buffer, at: number): number {
    const taken = Math.min(this.#missing, chunk.length - at)
    this.#parts.push(copyOf(chunk, at, at + taken))
    this.#missing -= taken
    if (this.#missing > 0) return at + taken
    const held = Buffer.concat(this.#parts)
    this.#parts = []
    return this.#withHeader(held, chunk, at + taken)
  }

  // Once the header is whole: the message is complete, or row data to pass over, or needs the rest of its bytes.
  #withHeader(held: Buffer, chunk: Buffer, at: number): number {
    const type = held[0]!
    const length = held.readUInt32BE(1)
    this.#check(type, length)
    const rest = 1 + length - held.length
    if (this.#passesOver(type)) {
      const passed = Math.min(rest, chunk.length - at)
      this.#skip = rest - passed
      this.#skipsCopy = type === Message.copyData
      if (this.#skipsCopy) this.copy?.copyData(chunk, at, at + passed)
      return at + passed
    }
    if (rest > 0) this.#hold(held, rest)
    else this.#message(type, held, HEADER_BYTES, held.length)
    return at
  }

  #message(type: number, bytes: Buffer, start: number, end: number): void {
    const { listener } = this
    if (this.aside !== undefined && ASYNCHRONOUS.has(type)) this.aside.push(Buffer.from(bytes.subarray(start - HEADER_BYTES, end)))
    switch (type) {
      case Message.dataRow:
        this.rows?.dataRow(bytes, start, end)
        return
      case Message.bindComplete:
        listener.bindComplete()
        return
      case Message.readyForQuery:
        listener.readyForQuery(statusOf(bytes, start, end))
        return
      case Message.commandComplete:
        if (bytes[end - 1] !== 0) throw new ProtocolViolation("a command tag has no end")
        listener.commandComplete(bytes.toString("latin1", start, end - 1))
        return
      case Message.emptyQueryResponse:
        listener.commandComplete("")
        return
      case Message.portalSuspended:
        listener.portalSuspended()
        return
      case Message.rowDescription:
        checkRowDescription(bytes, start, end)
        this.rows?.rowDescription(bytes, start, end)
        return
      case Message.errorResponse:
        listener.error(readError(bytes, start, end))
        return
      case Message.parameterStatus:
        listener.parameterStatus(...readParameterStatus(bytes, start, end))
        return
      case Message.noticeResponse:
        listener.notice(readNotice(bytes, start, end))
        return
      case Message.notificationResponse:
        listener.notification(readNotification(bytes, start, end))
        return
      case Message.backendKeyData:
        if (end - start < 8) throw new ProtocolViolation("BackendKeyData is cut short")
        listener.backendKeyData(bytes.readInt32BE(start), Buffer.from(bytes.subarray(start + 4, end)))
        return
      case Message.authentication:
        if (end - start < 4) throw new ProtocolViolation("an authentication request is cut short")
        listener.authentication(bytes.readInt32BE(start), bytes.subarray(start + 4, end))
        return
      case Message.copyInResponse:
        listener.copyStarted("in")
        return
      case Message.copyOutResponse:
        listener.copyStarted("out")
        return
      case Message.copyBothResponse:
        listener.copyStarted("both")
        return
      case Message.negotiateProtocolVersion:
        if (end - start < 8) throw new ProtocolViolation("NegotiateProtocolVersion is cut short")
        listener.negotiateProtocolVersion(bytes.readUInt32BE(start), bytes.readUInt32BE(start + 4))
        return
    }
  }
}

/** What is kept beyond read(): pg's parser moves what it has not read yet to the front of the chunk, over what is there. */
function copyOf(chunk: Buffer, start: number, end: number): Buffer {
  return Buffer.from(chunk.subarray(start, end))
}

function statusOf(bytes: Buffer, start: number, end: number): TransactionStatus {
  if (end - start === 1) {
    const status = bytes[start]
    if (status === 0x49) return "idle"
    if (status === 0x54) return "transaction"
    if (status === 0x45) return "failed"
  }
  throw new ProtocolViolation("a ReadyForQuery has no known status")
}

/** A row that no string can hold, before any of it is read: the driver would keep all its bytes first. */
export class RowTooLarge extends Error {
  override readonly name = "RowTooLarge"
  readonly bytes: number

  constructor(bytes: number) {
    super(`a row has ${bytes} bytes`)
    this.bytes = bytes
  }
}

function checkLength(type: number, length: number): void {
  if (!isPlausible(type, length)) throw implausible(type, length)
  if (type === Message.dataRow && length > constants.MAX_STRING_LENGTH) throw new RowTooLarge(length - 4)
}

function implausible(type: number, length: number): ProtocolViolation {
  const name = type >= 0x20 && type < 0x7f ? `"${String.fromCharCode(type)}"` : `0x${type.toString(16).padStart(2, "0")}`
  return new ProtocolViolation(`a message of type ${name} and length ${length} is none of PostgreSQL's`)
}
