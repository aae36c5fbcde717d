import type { ServerError } from "../../classify.ts"
import { AbortSource, onAbort } from "../../on-abort.ts"
import { mustPrepareAgain, StatementNames, takesPrepared } from "../../statement-names.ts"
import type { SocketClient } from "../adapter.ts"
import { COPY_FAIL, SYNC } from "../protocol/frontend-message.ts"
import { ProtocolViolation } from "../protocol/protocol-violation.ts"
import type { RowListener, Tap, TransactionStatus } from "../protocol/tap.ts"
import type { Wire } from "../protocol/wire.ts"
import type { WriteWindow } from "../protocol/write-window.ts"
import type { CancelPlace } from "./cancel.ts"
import { Canceller } from "./canceller.ts"
import { CloseExchange } from "./close-exchange.ts"
import { type OpeningMessage, Outgoing } from "./outgoing.ts"
import { Pipeline } from "./pipeline.ts"
import { Request } from "./request.ts"
import { Takeover } from "./takeover.ts"

export interface ConversationSetup {
  readonly client: SocketClient
  readonly wire: Wire
  readonly tap: Tap
  readonly status: TransactionStatus
  /** See {@link SocketAdapter.tellsWriting}. */
  readonly tellsWriting: boolean
  /** Undefined: every write leaves at once. */
  readonly window: WriteWindow | undefined
  /** The connection's, for the server's errors. */
  readonly label: string
  /** Undefined where the server gave no key: an aborted query then costs the connection. */
  readonly cancel: CancelPlace | undefined
  /** The order on the wire is lost, or the query that was to be stopped goes on: nothing more can be asked. */
  readonly lose: (cause: unknown) => void
  /** The last question was answered. */
  readonly quiet: () => void
}

/**
 * Questions and answers on one wire: who may send when, whose answer it is, when it is settled, and how it is stopped. A
 * request settles when the driver has, its own ReadyForQuery has come, and no CancelRequest is under way: pg rejects at
 * ErrorResponse, when the status is not known yet.
 */
export class Conversation implements RowListener {
  /** The server's word at the last ReadyForQuery. */
  status: TransactionStatus
  readonly names = new StatementNames()
  /** The driver's own client was handed out. */
  nativeIsUsed = false
  readonly #setup: ConversationSetup
  readonly #pipeline = new Pipeline()
  readonly #gone = new AbortController()
  readonly #takeover: Takeover
  readonly #canceller: Canceller
  readonly #outgoing = new Outgoing((opening) => this.#cycleBegins(opening))
  /** Whose answers are to come, in the order of the wire; undefined: a statement of the driver's own client. */
  readonly #owners: (Request | undefined)[] = []
  /** What the server said of the statement of the driver's own client that it answers now. */
  #nativeError: ServerError | undefined
  /** The request that is being written now. */
  #writing: Request | undefined
  /** Those that were given to the client and not seen on the wire. */
  readonly #unseen: Request[] = []
  /** Names of statements that the server may still have, and that nothing will execute any more. */
  #obsolete: string[] = []

  constructor(setup: ConversationSetup) {
    this.status = setup.status
    this.#setup = setup
    this.#takeover = new Takeover(setup.wire, setup.tap)
    this.#canceller = new Canceller({
      place: setup.cancel,
      gone: this.#gone.signal,
      lose: setup.lose,
      settle: () => this.#settle(),
    })
  }

  /** Nothing of ours is under way. */
  get isQuiet(): boolean {
    return this.#pipeline.empty
  }

  /** Nothing is under way, of the driver's own client neither. */
  get isIdle(): boolean {
    return this.#pipeline.empty && this.#owners.length === 0 && !this.#outgoing.open
  }

  /** What the driver sends. False when it has to wait: the toolkit has the wire to itself. */
  sending(bytes: Buffer): boolean {
    if (this.#takeover.holds(bytes)) return false
    this.#outgoing.read(bytes)
    return true
  }

  /** Around the reading of a chunk by the Tap. @returns true when the driver must not see it */
  read(chunk: Buffer, tapReads: (chunk: Buffer) => void): boolean {
    return this.#takeover.read(chunk, tapReads)
  }

  /** The driver has read what has come. */
  delivered(): void {
    this.#takeover.readEnds()
    this.#beginExchange()
  }

  #beginExchange(): void {
    const request = this.#takeover.beginIfQuiet(this.#owners.length === 0 && !this.#outgoing.open)
    if (request === undefined) return
    this.#owners.push(request)
    request.done()
    request.exchange?.begin()
    // Aborted while it waited for the driver's own client.
    if (request.signal?.aborted) this.#canceller.stop(request)
  }

  #endExchange(): void {
    for (const bytes of this.#takeover.end()) {
      this.#outgoing.read(bytes)
      this.#setup.wire.send(bytes)
    }
  }

  #cycleBegins(opening: OpeningMessage | undefined): void {
    this.#setup.window?.statement()
    const request = this.#setup.tellsWriting ? this.#writing : this.#seen(opening)
    this.#owners.push(request)
    if (request === undefined) {
      this.#setup.client.nativeWritten?.()
      return
    }
    if (this.#owners.length === 1 && request.signal?.aborted) this.#canceller.stop(request)
  }

  /** The next of those that the client was given, unless this is a statement of its own that it writes before that. */
  #seen(opening: OpeningMessage | undefined): Request | undefined {
    const [next] = this.#unseen
    if (next === undefined) return undefined
    if (this.nativeIsUsed && opening !== undefined && this.#setup.client.wrote?.(next, opening) === false) return undefined
    return this.#unseen.shift()
  }

  ask(request: Request, prepare: boolean): void {
    request.onAnswer = this.#answered
    request.onWriting = this.#written
    if (prepare) {
      if (this.#obsolete.length > 0) this.#closeObsolete()
      request.name = this.names.nameOf(request.sql)
    }
    if (request.signal !== undefined) this.#watch(request, request.signal)
    if (this.#pipeline.add(request)) this.#send(request)
  }

  /** In front of the next prepared statement, and not by itself: a connection at rest is idle. */
  #closeObsolete(): void {
    const nothing = () => {}
    // With a signal that no other request has it has the wire to itself.
    const request = new Request("", undefined, new AbortSource().signal, undefined, false, nothing, nothing)
    const { client, wire } = this.#setup
    const names = this.#obsolete
    request.exchange = new CloseExchange(wire, () => names.flatMap((name) => client.forget?.(name) ?? [name]))
    this.#obsolete = []
    this.ask(request, false)
  }

  /** The connection is over: everything that was asked is rejected. */
  abandon(errorFor: () => unknown): void {
    this.#gone.abort()
    for (const request of this.#pipeline.drain()) {
      request.onReady?.()
      request.exchange?.over()
      request.abandon(errorFor())
    }
  }

  // What the Tap tells, before the driver knows.

  readyForQuery(status: TransactionStatus): void {
    this.status = status
    const owner = this.#owners.shift()
    if (owner !== undefined) owner.statusAfter = status
    if (owner?.exchange === undefined) this.#setup.window?.answered()
    else this.#endExchange()
    this.#setup.client.answered?.(owner, owner === undefined ? this.#nativeError : owner.serverError)
    this.#nativeError = undefined
    if (owner !== undefined && this.#pipeline.ready()?.over) this.#settle()
    else if (this.isIdle) this.#setup.quiet()
    const next = this.#owners[0]
    if (next?.signal?.aborted) this.#canceller.stop(next)
  }

  commandComplete(tag: string): void {
    const request = this.#owners[0]
    if (request !== undefined) request.tag = tag
    request?.exchange?.concluded(tag)
    if (!takesPrepared(tag)) return
    const names = this.names.forget()
    this.#obsolete = tag.endsWith(" ALL") ? [] : [...this.#obsolete, ...names]
  }

  bindComplete(): void {
    const request = this.#owners[0]
    if (request !== undefined) request.bound = true
  }

  portalSuspended(): void {
    this.#owners[0]?.exchange?.suspended()
  }

  error(error: ServerError): void {
    const request = this.#owners[0]
    if (request === undefined) {
      this.#nativeError ??= error
      return
    }
    request.serverError ??= error
    request.exchange?.concluded(undefined)
    if (request.name !== undefined && isStale(request)) this.#obsolete.push(...this.names.forget())
  }

  rowDescription(bytes: Buffer, start: number, end: number): void {
    this.#owners[0]?.described(this.#setup.client, bytes, start, end)
  }

  dataRow(bytes: Buffer, start: number, end: number): void {
    this.#owners[0]?.dataRow(bytes, start, end)
  }

  copyStarted(direction: "in" | "out" | "both"): void {
    // postgres.js would make a stream without a reader, whose error ends the process.
    if (this.#owners.length === 0 && !this.#outgoing.open) throw new ProtocolViolation("a COPY began although no statement is under way")
    const request = this.#owners[0]
    if (request === undefined) {
      // Another driver's own client may have data to send; a client that describes has none.
      if (direction === "in" && this.#setup.client.describe !== undefined) this.#setup.wire.send(COPY_FAIL)
      return
    }
    if (request.exchange !== undefined) {
      request.exchange.copyStarted(direction)
      return
    }
    request.copied = true
    // What was sent behind it would be read as its data.
    if (direction === "both" || (direction === "in" && request.next !== undefined))
      throw new ProtocolViolation("a COPY began in a pipeline")
    if (direction === "in" && this.#setup.client.describe !== undefined) this.#setup.wire.send(COPY_FAIL)
    // The server passes over the Sync that came with the statement; the driver's CopyFail needs one behind it.
    if (direction === "in" && request.values !== undefined) setImmediate(() => this.#setup.wire.send(SYNC))
  }

  readonly #written = (request: Request, write: () => void): void => {
    this.#writing = request
    try {
      write()
    } finally {
      this.#writing = undefined
    }
  }

  #send(request: Request): void {
    request.given = true
    if (request.exchange !== undefined) {
      this.#takeover.wants(request)
      this.#beginExchange()
      return
    }
    if (!this.#setup.tellsWriting) this.#unseen.push(request)
    try {
      this.#setup.client.send(request, request)
    } catch (error) {
      this.#setup.lose(error)
    }
  }

  readonly #answered = (request: Request, driverError: unknown): void => {
    // A failure of the driver's own: what is on the wire is not known.
    if (driverError !== undefined && request.serverError === undefined && !request.copied) this.#setup.lose(driverError)
    else if (request.over) this.#settle()
  }

  #settle(): void {
    for (let request = this.#pipeline.landed(); request !== undefined; request = this.#pipeline.landed()) {
      if (this.#mayRepeat(request)) this.#pipeline.hold(request)
      else {
        // It stood behind them, and has been executed.
        this.#refuse(this.#pipeline.release())
        request.settle(this.#setup.label)
      }
    }
    this.#repeat(this.#pipeline.grounded())
    for (let request = this.#pipeline.next(); request !== undefined; request = this.#pipeline.next()) this.#send(request)
    if (this.isIdle) this.#setup.quiet()
  }

  /** Failed only because it has to be prepared again, outside a transaction: nothing has happened. */
  #mayRepeat(request: Request): boolean {
    const { name, exchange, repeated, statusAfter, signal } = request
    const usedPrepared = exchange === undefined ? name !== undefined : exchange.usedPrepared === true
    return usedPrepared && isStale(request) && !repeated && statusAfter === "idle" && !signal?.aborted
  }

  /**
   * Prepared statements whose plan no longer fits (ALTER TABLE), or that the server has forgotten, are sent once more under other names:
   * nothing of them was executed, nor of what stood behind them, so each keeps its place.
   */
  #repeat(requests: readonly Request[]): void {
    const [first] = requests
    if (first === undefined) return
    // A signal that has fired meanwhile is that of all; a statement of the driver's own client may be a BEGIN.
    if (first.signal?.aborted || this.status !== "idle" || this.#owners.length > 0 || this.#outgoing.open) {
      this.#refuse(requests)
      return
    }
    for (const request of requests) {
      request.repeat(request.exchange === undefined ? this.names.nameOf(request.sql) : undefined)
      this.#pipeline.resume(request)
    }
    for (const request of requests) this.#send(request)
  }

  #refuse(requests: readonly Request[]): void {
    for (const request of requests) request.settle(this.#setup.label)
  }

  #watch(request: Request, signal: AbortSignal): void {
    request.unlisten = onAbort(signal, () => {
      if (request.ready) return
      // What waits behind statements of the driver's own client is stopped when its turn has come.
      if (request.given) return void (this.#owners[0] === request && this.#canceller.stop(request))
      request.dropped = true
      request.abandon(undefined)
      this.#settle()
    })
  }
}

function isStale({ serverError, bound }: Request): boolean {
  return serverError !== undefined && mustPrepareAgain(serverError.sqlState, serverError.routine, bound)
}
