import { messageText } from "../../adapter/message-text.ts"
import { mustPrepareAgain, StatementNames, takesPrepared } from "../../adapter/statement-names.ts"
import { endsTransaction, opensAnotherTransaction } from "../../adapter/transaction-end.ts"
import type { ServerError } from "../../classify.ts"
import { AbortSource, onAbort } from "../../on-abort.ts"
import type { SocketClient } from "../adapter.ts"
import { COPY_FAIL, SYNC } from "../protocol/frontend-message.ts"
import { ProtocolViolation } from "../protocol/protocol-violation.ts"
import type { RowListener, Tap, TransactionStatus } from "../protocol/tap.ts"
import type { Wire } from "../protocol/wire.ts"
import type { WriteWindow } from "../protocol/write-window.ts"
import type { CancelPlace } from "./cancel.ts"
import { Canceller } from "./canceller.ts"
import { CloseExchange } from "./close-exchange.ts"
import { type Opening, Outgoing } from "./outgoing.ts"
import { Pipeline } from "./pipeline.ts"
import { Request } from "./request.ts"
import { Takeover } from "./takeover.ts"

export interface ConversationSetup {
  readonly client: SocketClient
  readonly wire: Wire
  readonly tap: Tap
  readonly status: TransactionStatus
  /** Undefined: every write leaves immediately. */
  readonly window: WriteWindow | undefined
  /** The connection's label, for the server's errors. */
  readonly label: string
  /** Undefined if the server sent no cancel key: aborting a query then costs the connection. */
  readonly cancel: CancelPlace | undefined
  /** The state of the wire is unknown, or a cancelled query keeps running: the connection is lost. */
  readonly fail: (cause: unknown) => void
  /** The last request was answered. */
  readonly settled: () => void
}

/**
 * Requests and responses on one wire: when each is sent, which response belongs to it, when it settles, and how it is cancelled. A
 * request settles when the driver has finished, its ReadyForQuery has arrived, and no CancelRequest is in flight: pg rejects at
 * ErrorResponse, before the transaction status is known.
 */
export class Conversation implements RowListener {
  /** The transaction status of the last ReadyForQuery. */
  status: TransactionStatus
  /** {@link Connection.transactionEpoch} */
  transactionEpoch = 0
  readonly names = new StatementNames()
  readonly #setup: ConversationSetup
  readonly #pipeline = new Pipeline()
  readonly #ended = new AbortController()
  readonly #takeover: Takeover
  readonly #canceller: Canceller
  readonly #outgoing = new Outgoing(() => this.#cycleBegins())
  /** Whose responses are outstanding, in wire order; undefined for a statement of the driver's own client. */
  readonly #owners: (Request | undefined)[] = []
  /** How the statements of the driver's own client that are in flight begin. */
  readonly #nativeOpenings: (Opening | undefined)[] = []
  /** The statement that is being answered had the tag ROLLBACK. */
  #rolledBack = false
  /** The driver's own client has sent a ROLLBACK AND CHAIN, which it may have prepared. */
  #nativeChains = false
  /** The server's error for the statement of the driver's own client that it is answering. */
  #nativeError: ServerError | undefined
  /** Requests passed to the client and not yet seen on the wire, where the client does not say which one it writes. */
  readonly #unseen: Request[] = []
  /** Names of prepared statements that may still exist on the server but will not be executed again. */
  #obsolete: string[] = []

  constructor(setup: ConversationSetup) {
    this.status = setup.status
    this.#setup = setup
    this.#takeover = new Takeover(setup.wire, setup.tap)
    this.#canceller = new Canceller({
      place: setup.cancel,
      ended: this.#ended.signal,
      fail: setup.fail,
      settle: () => this.#settle(),
    })
  }

  /** No request of the toolkit is outstanding. */
  get isSettled(): boolean {
    return this.#pipeline.empty
  }

  /** Nothing is outstanding, including statements of the driver's own client. */
  get isIdle(): boolean {
    return this.#pipeline.empty && this.#owners.length === 0 && !this.#outgoing.open
  }

  /** Called with what the driver sends. False if it must wait, because the toolkit has exclusive use of the wire. */
  sending(bytes: Buffer): boolean {
    if (this.#takeover.holds(bytes)) return false
    this.#outgoing.read(bytes)
    return true
  }

  /** Wraps the Tap's reading of a chunk. @returns true if the driver must not see it */
  read(chunk: Buffer, tapReads: (chunk: Buffer) => void): boolean {
    return this.#takeover.read(chunk, tapReads)
  }

  /** The driver has read the chunk. */
  delivered(): void {
    this.#takeover.readEnds()
    this.#beginExchange()
  }

  #beginExchange(): void {
    const request = this.#takeover.beginIfIdle(this.#owners.length === 0 && !this.#outgoing.open)
    if (request === undefined) return
    this.#owners.push(request)
    request.done()
    request.exchange?.begin()
  }

  #endExchange(): void {
    for (const bytes of this.#takeover.end()) {
      this.#outgoing.read(bytes)
      this.#setup.wire.send(bytes)
    }
  }

  #cycleBegins(): void {
    const { client, window } = this.#setup
    window?.statement()
    const request = client.written === undefined ? this.#unseen.shift() : (client.written() as Request | undefined)
    this.#owners.push(request)
    if (request === undefined) this.#nativeOpenings.push(this.#outgoing.opening)
    else if (this.#owners.length === 1 && request.signal?.aborted) this.#canceller.stop(request)
  }

  enqueue(request: Request, prepare: boolean): void {
    // What the driver's own client has yet to write may be a BEGIN: an exchange, which is not written by the driver, waits for it.
    if (request.exchange !== undefined && this.#setup.client.nativePending === true) this.enqueue(aloneOnTheWire(), false)
    request.onAnswer = this.#answered
    if (prepare) {
      if (this.#obsolete.length > 0) this.#closeObsolete()
      request.name = this.names.nameOf(request.sql)
    }
    if (request.signal !== undefined) this.#watch(request, request.signal)
    if (this.#pipeline.add(request)) this.#send(request)
  }

  /** Sent before the next prepared statement rather than on its own, so that an unused connection stays idle. */
  #closeObsolete(): void {
    const request = aloneOnTheWire()
    const { client, wire } = this.#setup
    const names = this.#obsolete
    request.exchange = new CloseExchange(wire, () => names.flatMap((name) => client.forget?.(name) ?? [name]))
    this.#obsolete = []
    this.enqueue(request, false)
  }

  /** The connection has ended: rejects all requests. */
  abandon(errorFor: () => unknown): void {
    this.#ended.abort()
    for (const request of this.#pipeline.drain()) {
      request.onReady?.()
      request.abandon(errorFor())
    }
  }

  // Called by the Tap, before the driver sees the bytes.

  readyForQuery(status: TransactionStatus): void {
    this.status = status
    const owner = this.#owners.shift()
    const opening = owner === undefined ? this.#nativeOpenings.shift() : undefined
    if (status === "idle" || (this.#rolledBack && this.#opensAnother(owner, opening))) this.transactionEpoch++
    this.#rolledBack = false
    if (owner !== undefined) owner.statusAfter = status
    if (owner?.exchange === undefined) this.#setup.window?.answered()
    else this.#endExchange()
    this.#setup.client.answered?.(owner, owner === undefined ? this.#nativeError : owner.serverError)
    this.#nativeError = undefined
    if (owner !== undefined && this.#pipeline.ready()?.over) this.#settle()
    else if (this.isIdle) this.#setup.settled()
    const next = this.#owners[0]
    if (next?.signal?.aborted) this.#canceller.stop(next)
  }

  /** Of a statement with the tag ROLLBACK, behind which a transaction is open: was it ROLLBACK TO SAVEPOINT? */
  #opensAnother(owner: Request | undefined, opening: Opening | undefined): boolean {
    const sql = owner === undefined ? opening && messageText(opening.bytes, opening.at) : owner.sql
    // Prepared before, by the driver's own client.
    if (sql === undefined) return this.#nativeChains
    const opens = opensAnotherTransaction(sql)
    if (owner === undefined && opens) this.#nativeChains = true
    return opens
  }

  commandComplete(tag: string): void {
    if (endsTransaction(tag)) this.transactionEpoch++
    else if (tag === "ROLLBACK") this.#rolledBack = true
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
    // postgres.js would create a stream without a reader, whose error ends the process.
    if (this.#owners.length === 0 && !this.#outgoing.open) throw new ProtocolViolation("COPY started while no statement was in flight")
    const request = this.#owners[0]
    if (request === undefined) {
      // The client of another driver may have data to send; one with describe() has none.
      if (direction === "in" && this.#setup.client.describe !== undefined) this.#setup.wire.send(COPY_FAIL)
      return
    }
    if (request.exchange !== undefined) {
      request.exchange.copyStarted(direction)
      return
    }
    request.copied = true
    // Statements sent after it would be read as its data.
    if (direction === "both" || (direction === "in" && request.next !== undefined))
      throw new ProtocolViolation("COPY started in a pipeline")
    if (direction === "in" && this.#setup.client.describe !== undefined) this.#setup.wire.send(COPY_FAIL)
    // The server ignores the Sync sent with the statement; the driver's CopyFail needs another.
    if (direction === "in" && request.values !== undefined) setImmediate(() => this.#setup.wire.send(SYNC))
  }

  #send(request: Request): void {
    request.given = true
    if (request.exchange !== undefined) {
      this.#takeover.wants(request)
      this.#beginExchange()
      return
    }
    const { client } = this.#setup
    if (client.written === undefined) this.#unseen.push(request)
    try {
      client.send(request, request)
    } catch (error) {
      this.#setup.fail(error)
    }
  }

  readonly #answered = (request: Request, driverError: unknown): void => {
    // The driver itself failed: the state of the wire is unknown.
    if (driverError !== undefined && request.serverError === undefined && !request.copied) this.#setup.fail(driverError)
    else if (request.over) this.#settle()
  }

  #settle(): void {
    for (let request = this.#pipeline.takeCompleted(); request !== undefined; request = this.#pipeline.takeCompleted()) {
      if (this.#mayRepeat(request)) this.#pipeline.hold(request)
      else {
        // It was sent after them and has been executed, so they cannot be repeated in order.
        this.#refuse(this.#pipeline.takeHeld())
        request.settle(this.#setup.label)
      }
    }
    this.#repeat(this.#pipeline.takeHeldIfIdle())
    for (let request = this.#pipeline.next(); request !== undefined; request = this.#pipeline.next()) this.#send(request)
    if (this.isIdle) this.#setup.settled()
  }

  /** Whether it failed only because it must be prepared again, outside a transaction, so that nothing was executed. */
  #mayRepeat(request: Request): boolean {
    const { name, exchange, repeated, statusAfter, signal } = request
    const usedPrepared = exchange === undefined ? name !== undefined : exchange.usedPrepared === true
    return usedPrepared && isStale(request) && !repeated && statusAfter === "idle" && !signal?.aborted
  }

  /**
   * Repeats prepared statements whose plan is stale (ALTER TABLE) or that the server no longer has, under new names. Neither they nor
   * anything sent after them was executed, so the order is kept.
   */
  #repeat(requests: readonly Request[]): void {
    const [first] = requests
    if (first === undefined) return
    // They share one signal, which may have fired since; a statement of the driver's own client may be a BEGIN.
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

  /** It shares the wire with no other request, so it is the next in turn. */
  #withdrawn(request: Request): void {
    this.#pipeline.ready()
    request.done()
  }

  #watch(request: Request, signal: AbortSignal): void {
    request.unlisten = onAbort(signal, () => {
      if (request.ready) return
      if (request.given) {
        // An exchange that waits behind statements of the driver's own client is never sent; any other request has been.
        if (this.#takeover.withdraw(request)) this.#withdrawn(request)
        else if (this.#owners[0] === request) this.#canceller.stop(request)
        return
      }
      request.dropped = true
      request.abandon(undefined)
      this.#settle()
    })
  }
}

/** A statement that does nothing. A signal of its own, so that no other request shares the wire with it. */
function aloneOnTheWire(): Request {
  const nothing = () => {}
  return new Request("", undefined, new AbortSource().signal, undefined, false, nothing, nothing)
}

function isStale({ serverError, bound }: Request): boolean {
  return serverError !== undefined && mustPrepareAgain(serverError.sqlState, serverError.routine, bound)
}
