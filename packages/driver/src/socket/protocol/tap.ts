import { constants } from "node:buffer"
import type { ServerError } from "../../classify.ts"
import type { Notice, Notification } from "../../contract.ts"
import { HEADER_BYTES, isPlausible, Message } from "./message.ts"
import { ProtocolViolation } from "./protocol-violation.ts"
import { checkRowDescription, readError, readNotice, readNotification, readParameterStatus } from "./server-message.ts"

/** The transaction status in ReadyForQuery. */
export type TransactionStatus = "idle" | "transaction" | "failed"

/** Receives the server's messages in wire order, before the driver sees the bytes. Row data goes only to {@link Tap.rows}. */
export interface TapListener {
  /** @param kind the request code; 0 is AuthenticationOk @param body the rest of the message */
  authentication(kind: number, body: Buffer): void
  backendKeyData(processId: number, secretKey: Buffer): void
  /** Binding is complete: what follows belongs to execution. */
  bindComplete(): void
  /** The tag is empty for an empty statement. */
  commandComplete(tag: string): void
  copyStarted(direction: "in" | "out" | "both"): void
  error(error: ServerError & { readonly severity: string }): void
  /** The version as in the startup packet, and the number of protocol options that the server does not recognise. */
  negotiateProtocolVersion(version: number, refusedOptions: number): void
  notice(notice: Notice): void
  notification(notification: Notification): void
  parameterStatus(name: string, value: string): void
  /** An Execute has returned its maximum number of rows. */
  portalSuspended(): void
  readyForQuery(status: TransactionStatus): void
}

/** Reads rows in place. The offsets are those of the message body. */
export interface RowListener {
  rowDescription(bytes: Buffer, start: number, end: number): void
  dataRow(bytes: Buffer, start: number, end: number): void
}

/** Receives the payload of CopyData; one message may arrive in several pieces. */
export interface CopyListener {
  copyData(chunk: Buffer, start: number, end: number): void
}

/** Messages that a server sends unsolicited. */
const ASYNCHRONOUS: ReadonlySet<number> = new Set([Message.noticeResponse, Message.notificationResponse, Message.parameterStatus])

/**
 * Parses the server's messages alongside the driver: frames them, skips row data by its length, and rejects what PostgreSQL would never
 * send before the driver fails on it.
 */
export class Tap {
  listener: TapListener
  /** Undefined: row data is skipped here and read by the driver. */
  rows: RowListener | undefined
  /** Maximum length of a message; undefined: PostgreSQL's own limits. */
  maxLength: number | undefined
  /** Undefined: COPY data is skipped. */
  copy: CopyListener | undefined
  /** If set, collects copies of the asynchronous messages. */
  aside: Buffer[] | undefined
  /** Bytes of row data still to skip. */
  #skip = 0
  /** The bytes to skip belong to a CopyData. */
  #skipsCopy = false
  /** The first part of a message that was split between chunks … */
  #parts: Buffer[] = []
  /** … and the number of bytes needed to continue. */
  #missing = 0

  constructor(listener: TapListener) {
    this.listener = listener
  }

  /** @throws ProtocolViolation, and anything the listener throws */
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
      throw new ProtocolViolation(`a message of ${length} bytes arrived before the session was open, where ${this.maxLength} is the limit`)
  }

  /** The last chunk ended inside a message. */
  get midMessage(): boolean {
    return this.#skip > 0 || this.#missing > 0
  }

  /** The first part of the message in which the last chunk ended. */
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

  // With a whole header, the message is complete, or row data to skip, or needs the rest of its bytes.
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
        if (bytes[end - 1] !== 0) throw new ProtocolViolation("a command tag is not terminated")
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
        if (end - start < 8) throw new ProtocolViolation("BackendKeyData is truncated")
        listener.backendKeyData(bytes.readInt32BE(start), Buffer.from(bytes.subarray(start + 4, end)))
        return
      case Message.authentication:
        if (end - start < 4) throw new ProtocolViolation("an authentication request is truncated")
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
        if (end - start < 8) throw new ProtocolViolation("NegotiateProtocolVersion is truncated")
        listener.negotiateProtocolVersion(bytes.readUInt32BE(start), bytes.readUInt32BE(start + 4))
        return
    }
  }
}

/** Copies what outlives read(): pg's parser moves its unread bytes to the front of the chunk, over others. */
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
  throw new ProtocolViolation("a ReadyForQuery has an unknown status")
}

/** A row too large for a string, detected before it is read: the driver would buffer all of it first. */
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
  return new ProtocolViolation(`a message of type ${name} and length ${length} is not a PostgreSQL message`)
}
