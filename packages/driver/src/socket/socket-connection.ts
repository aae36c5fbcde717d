import { fromServer, place, type ServerError } from "../classify.ts"
import type { Connection, ConnectionInfo, ConnectionStatus, Notice, Notification, QueryOptions, QueryResult, Row } from "../contract.ts"
import { type ConnectionPlace, DatabaseConnectionError, PgsdError } from "../errors.ts"
import { serializeParameter } from "../values/serialize-parameter.ts"
import type { ValueParsers } from "../values.ts"
import type { SocketAdapter, SocketClient } from "./adapter.ts"
import { CANCEL_TIMEOUT_MS, type CancelPlace, cancelUntil } from "./cancel.ts"
import { SYNC, TERMINATE } from "./frontend-message.ts"
import { callListener, Listeners } from "./listeners.ts"
import type { Opened } from "./opening.ts"
import { Pipeline } from "./pipeline.ts"
import { ProtocolViolation } from "./protocol-violation.ts"
import { Request } from "./request.ts"
import { StatementNames } from "./statement-names.ts"
import type { TapListener, TransactionStatus } from "./tap.ts"
import type { WireOwner } from "./wire.ts"

/** How long close() waits for queries in flight and for the socket, in ms. */
export const CLOSE_TIMEOUT_MS = 5_000

/** A named statement that is gone (26000), or whose plan no longer fits its tables (0A000). */
const FORGOTTEN: ReadonlySet<string> = new Set(["26000", "0A000"])

export interface SocketConnectionSetup {
  readonly adapter: SocketAdapter
  readonly opened: Opened
  readonly info: ConnectionInfo
  readonly place: ConnectionPlace
  readonly types: ValueParsers | undefined
  /** Undefined where the server gave no key: an aborted query then costs the connection. */
  readonly cancel: CancelPlace | undefined
}

/** The contract over any driver on a Wire: order, status, values, cancellation and loss. */
export class SocketConnection implements Connection, TapListener, WireOwner {
  readonly info: ConnectionInfo
  readonly #setup: SocketConnectionSetup
  readonly #client: SocketClient
  readonly #parameters: Record<string, string>
  readonly #pipeline = new Pipeline()
  readonly #names = new StatementNames()
  readonly #closeListeners = new Listeners<[error: PgsdError | undefined]>()
  readonly #noticeListeners = new Listeners<[notice: Notice]>()
  readonly #notificationListeners = new Listeners<[notification: Notification]>()
  #transactionStatus: TransactionStatus
  #fatal: ServerError | undefined
  #closing: Promise<void> | undefined
  #idle: (() => void) | undefined
  #keepsProcess = true
  readonly #gone = new AbortController()
  #dead = false
  #loss: PgsdError | undefined

  constructor(setup: SocketConnectionSetup) {
    const { opened, info } = setup
    this.info = info
    this.#setup = setup
    this.#client = opened.client
    this.#parameters = opened.parameters
    this.#transactionStatus = opened.status
    opened.tap.listener = this
    opened.wire.attach(this)
  }

  get native(): unknown {
    return this.#client.native
  }

  get serverParameters(): Readonly<Record<string, string>> {
    return this.#parameters
  }

  get status(): ConnectionStatus {
    if (this.#dead) return "closed"
    return this.#pipeline.empty ? this.#transactionStatus : "busy"
  }

  query<R = Row>(sql: string, params?: readonly unknown[], options?: QueryOptions): Promise<QueryResult<R>> {
    return new Promise<QueryResult<R>>((resolve, reject) => {
      if (this.#dead || this.#closing !== undefined) throw this.#closedError()
      const signal = options?.signal
      signal?.throwIfAborted()
      if (typeof sql !== "string" || sql.includes("\0")) throw invalidSql(sql)
      const values = params === undefined ? (options?.prepare ? [] : undefined) : this.#serialize(params)
      const types = options?.types ?? this.#setup.types
      const request = new Request(sql, values, signal, types, resolve as (result: QueryResult) => void, reject, this.#onAnswer)
      if (options?.prepare) request.name = this.#names.nameOf(sql)
      if (signal !== undefined) this.#watchSignal(request, signal)
      if (!this.#keepsProcess && this.#pipeline.empty) this.#setup.opened.wire.keepProcessAlive(true)
      if (this.#pipeline.add(request)) this.#send(request)
    })
  }

  onClose(listener: (error: PgsdError | undefined) => void): void {
    if (this.#dead) queueMicrotask(() => callListener(listener, this.#loss))
    else this.#closeListeners.add(listener)
  }

  onNotice(listener: (notice: Notice) => void): void {
    this.#noticeListeners.add(listener)
  }

  onNotification(listener: (notification: Notification) => void): void {
    this.#notificationListeners.add(listener)
  }

  close(): Promise<void> {
    this.#closing ??= this.#dead ? Promise.resolve() : this.#closePolitely()
    return this.#closing
  }

  destroy(): void {
    this.#die(undefined)
  }

  ref(): void {
    this.#keepsProcess = true
    if (!this.#dead) this.#setup.opened.wire.keepProcessAlive(true)
  }

  unref(): void {
    this.#keepsProcess = false
    if (!this.#dead && this.#pipeline.empty) this.#setup.opened.wire.keepProcessAlive(false)
  }

  /** The driver noticed something that ends the connection. */
  fail(error: unknown): void {
    this.#lose(error)
  }

  // The wire's side.

  received(chunk: Buffer): "pass" {
    try {
      this.#setup.opened.tap.read(chunk)
    } catch (error) {
      this.#lose(error)
    }
    return "pass"
  }

  delivered(): void {
    if (this.#fatal !== undefined) this.#lose(undefined)
  }

  driverThrew(error: unknown): void {
    this.#lose(error)
  }

  gone(error: Error | undefined): void {
    if (this.#closing !== undefined && this.#pipeline.empty) this.#die(undefined)
    else this.#lose(error)
  }

  // What the Tap tells.

  readyForQuery(status: TransactionStatus): void {
    this.#transactionStatus = status
    if (this.#pipeline.ready()?.over) this.#settle()
  }

  commandComplete(tag: string): void {
    const request = this.#pipeline.current
    if (request !== undefined) request.tag = tag
    if (tag.startsWith("DISCARD") || tag.startsWith("DEALLOCATE")) this.#names.forget()
  }

  error(error: ServerError & { readonly severity: string }): void {
    if (error.severity === "FATAL" || error.severity === "PANIC") {
      this.#fatal = error
      return
    }
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
    // The server forgets the Sync that came with the statement; the driver's CopyFail needs one behind it.
    if (direction === "in" && request.values !== undefined) setImmediate(() => this.#setup.opened.wire.send(SYNC))
  }

  parameterStatus(name: string, value: string): void {
    this.#parameters[name] = value
  }

  notice(notice: Notice): void {
    this.#noticeListeners.tell(notice)
  }

  notification(notification: Notification): void {
    this.#notificationListeners.tell(notification)
  }

  backendKeyData(): void {}

  authentication(): void {
    throw new ProtocolViolation("the server asks for authentication again")
  }

  #serialize(params: readonly unknown[]): (string | null)[] {
    const { maxParameters, name } = this.#setup.adapter
    if (!Array.isArray(params)) throw new PgsdError("PGSD_INVALID_PARAMETER", "query parameters must be an array")
    if (params.length > maxParameters)
      throw new PgsdError("PGSD_INVALID_PARAMETER", `${params.length} parameters are more than the ${maxParameters} that ${name} can send`)
    const values: (string | null)[] = []
    for (let i = 0; i < params.length; i++) values.push(serializeParameter(params[i], i + 1))
    return values
  }

  #send(request: Request): void {
    try {
      this.#client.send(request, request)
    } catch (error) {
      this.#lose(error)
    }
  }

  readonly #onAnswer = (request: Request, driverError: unknown) => {
    if (this.#dead) return
    // A failure of the driver's own: nobody knows what is on the wire.
    if (driverError !== undefined && request.serverError === undefined && this.#fatal === undefined && !request.copied)
      return this.#lose(driverError)
    if (request.over) this.#settle()
  }

  #settle(): void {
    for (let request = this.#pipeline.landed(); request !== undefined; request = this.#pipeline.landed()) request.settle(this.info.label)
    for (let request = this.#pipeline.next(); request !== undefined; request = this.#pipeline.next()) this.#send(request)
    if (!this.#pipeline.empty || this.#dead) return
    if (!this.#keepsProcess) this.#setup.opened.wire.keepProcessAlive(false)
    this.#idle?.()
  }

  #watchSignal(request: Request, signal: AbortSignal): void {
    const abort = () => {
      if (this.#pipeline.current !== request && !request.ready) {
        request.dropped = true
        request.abandon(undefined)
        this.#settle()
      } else if (!request.ready) {
        this.#cancel(request)
      }
    }
    signal.addEventListener("abort", abort, { once: true })
    request.unlisten = () => signal.removeEventListener("abort", abort)
  }

  #cancel(request: Request): void {
    const place = this.#setup.cancel
    if (place === undefined) {
      this.#lose(new Error("an aborted query could not be stopped: the server gave no cancel key"))
      return
    }
    const over = new AbortController()
    request.onReady = () => over.abort()
    request.cancelling = true
    cancelUntil(over.signal, this.#gone.signal, place).then(() => {
      request.cancelling = false
      if (this.#dead) return
      if (!request.ready) this.#lose(new Error(`the server did not stop an aborted query within ${CANCEL_TIMEOUT_MS} ms`))
      else if (request.over) this.#settle()
    })
  }

  async #closePolitely(): Promise<void> {
    const { wire } = this.#setup.opened
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), CLOSE_TIMEOUT_MS)
    })
    const idle = new Promise<void>((resolve) => {
      if (this.#pipeline.empty) resolve()
      else this.#idle = resolve
    })
    try {
      if ((await Promise.race([idle, late])) === "late" || this.#dead) return
      wire.send(TERMINATE)
      await Promise.race([wire.finish(), late])
    } finally {
      clearTimeout(timer)
      this.#die(undefined)
    }
  }

  #lose(cause: unknown): void {
    if (this.#dead) return
    const fatal = this.#fatal
    const reason = fatal === undefined ? cause : fromServer(fatal, undefined, this.#setup.place)
    const words =
      fatal?.message ?? (cause instanceof Error && cause.message !== "" ? cause.message : "the server closed the connection without a word")
    this.#die(
      new DatabaseConnectionError("PGSD_CONNECTION_LOST", `${place(this.#setup.place)}: the connection is lost: ${words}`, {
        ...this.#setup.place,
        cause: reason,
        sqlState: fatal?.sqlState,
        severity: fatal?.severity,
        retryable: true,
      }),
    )
  }

  #die(loss: PgsdError | undefined): void {
    if (this.#dead) return
    this.#dead = true
    this.#loss = loss
    this.#gone.abort()
    this.#setup.opened.wire.cut()
    this.#client.goodbye()
    const requests = this.#pipeline.drain()
    for (const request of requests) {
      request.onReady?.()
      request.abandon(this.#closedError())
    }
    this.#idle?.()
    this.#noticeListeners.clear()
    this.#notificationListeners.clear()
    this.#closeListeners.tell(loss)
    this.#closeListeners.clear()
  }

  #closedError(): PgsdError {
    const where = this.#setup.place
    if (this.#loss === undefined)
      return new DatabaseConnectionError("PGSD_CONNECTION_CLOSED", `${place(where)}: the connection was closed`, where)
    return new DatabaseConnectionError("PGSD_CONNECTION_LOST", this.#loss.message, {
      ...where,
      cause: this.#loss.cause,
      sqlState: this.#loss.sqlState,
      retryable: true,
    })
  }
}

function invalidSql(sql: unknown): PgsdError {
  const fact = typeof sql === "string" ? "contains a NUL character" : `must be a string, not ${sql === null ? "null" : typeof sql}`
  return new PgsdError("PGSD_INVALID_PARAMETER", `the statement ${fact}`)
}
