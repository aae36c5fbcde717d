import type { ServerError } from "../classify.ts"
import type { SocketClient } from "./adapter.ts"
import { CANCEL_TIMEOUT_MS, type CancelPlace, cancelUntil } from "./cancel.ts"
import { SYNC } from "./frontend-message.ts"
import { Pipeline } from "./pipeline.ts"
import { ProtocolViolation } from "./protocol-violation.ts"
import type { Request } from "./request.ts"
import { StatementNames } from "./statement-names.ts"
import type { TransactionStatus } from "./tap.ts"
import type { Wire } from "./wire.ts"

/** A named statement that is gone (26000), or whose plan no longer fits its tables (0A000). */
const FORGOTTEN: ReadonlySet<string> = new Set(["26000", "0A000"])

export interface ConversationSetup {
  readonly client: SocketClient
  readonly wire: Wire
  readonly status: TransactionStatus
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
 * ErrorResponse, when nobody knows the status yet.
 */
export class Conversation {
  /** The server's word at the last ReadyForQuery. */
  status: TransactionStatus
  readonly #setup: ConversationSetup
  readonly #pipeline = new Pipeline()
  readonly #names = new StatementNames()
  readonly #gone = new AbortController()

  constructor(setup: ConversationSetup) {
    this.status = setup.status
    this.#setup = setup
  }

  /** Nothing is under way. */
  get isQuiet(): boolean {
    return this.#pipeline.empty
  }

  ask(request: Request, prepare: boolean): void {
    request.onAnswer = this.#answered
    if (prepare) request.name = this.#names.nameOf(request.sql)
    if (request.signal !== undefined) this.#watch(request, request.signal)
    if (this.#pipeline.add(request)) this.#send(request)
  }

  /** The connection is over: everything that was asked is rejected. */
  abandon(errorFor: () => unknown): void {
    this.#gone.abort()
    for (const request of this.#pipeline.drain()) {
      request.onReady?.()
      request.abandon(errorFor())
    }
  }

  // What the Tap tells, before the driver knows.

  readyForQuery(status: TransactionStatus): void {
    this.status = status
    if (this.#pipeline.ready()?.over) this.#settle()
  }

  commandComplete(tag: string): void {
    const request = this.#pipeline.current
    if (request !== undefined) request.tag = tag
    if (tag.startsWith("DISCARD") || tag.startsWith("DEALLOCATE")) this.#names.forget()
  }

  error(error: ServerError): void {
    const request = this.#pipeline.current
    if (request === undefined) return
    request.serverError ??= error
    if (request.name !== undefined && FORGOTTEN.has(error.sqlState)) this.#names.forget()
  }

  copyStarted(direction: "in" | "out" | "both"): void {
    const request = this.#pipeline.current
    if (request === undefined) return
    request.copied = true
    // What was sent behind it would be read as its data.
    if (direction === "both" || (direction === "in" && request.next !== undefined))
      throw new ProtocolViolation("a COPY began in a pipeline")
    // The server passes over the Sync that came with the statement; the driver's CopyFail needs one behind it.
    if (direction === "in" && request.values !== undefined) setImmediate(() => this.#setup.wire.send(SYNC))
  }

  #send(request: Request): void {
    try {
      this.#setup.client.send(request, request)
    } catch (error) {
      this.#setup.lose(error)
    }
  }

  readonly #answered = (request: Request, driverError: unknown): void => {
    // A failure of the driver's own: nobody knows what is on the wire.
    if (driverError !== undefined && request.serverError === undefined && !request.copied) this.#setup.lose(driverError)
    else if (request.over) this.#settle()
  }

  #settle(): void {
    for (let request = this.#pipeline.landed(); request !== undefined; request = this.#pipeline.landed()) request.settle(this.#setup.label)
    for (let request = this.#pipeline.next(); request !== undefined; request = this.#pipeline.next()) this.#send(request)
    if (this.#pipeline.empty) this.#setup.quiet()
  }

  #watch(request: Request, signal: AbortSignal): void {
    const abort = () => {
      if (request.ready) return
      if (this.#pipeline.current === request) return this.#stop(request)
      request.dropped = true
      request.abandon(undefined)
      this.#settle()
    }
    signal.addEventListener("abort", abort, { once: true })
    request.unlisten = () => signal.removeEventListener("abort", abort)
  }

  #stop(request: Request): void {
    const { cancel, lose } = this.#setup
    if (cancel === undefined) {
      lose(new Error("an aborted query could not be stopped: the server gave no cancel key"))
      return
    }
    const over = new AbortController()
    request.onReady = () => over.abort()
    request.cancelling = true
    cancelUntil(over.signal, this.#gone.signal, cancel).then(() => {
      request.cancelling = false
      if (!over.signal.aborted) lose(new Error(`the server did not stop an aborted query within ${CANCEL_TIMEOUT_MS} ms`))
      else if (request.over && !this.#gone.signal.aborted) this.#settle()
    })
  }
}
