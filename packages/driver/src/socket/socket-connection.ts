import { constants } from "node:buffer"
import { encodingChanged } from "../adapter/client-encoding.ts"
import { combinedResult } from "../adapter/combined-result.ts"
import { encodeSteps } from "../adapter/pipeline-steps.ts"
import { serializeParameters } from "../adapter/serialize-parameters.ts"
import { checkStatement } from "../check-statement.ts"
import { place, type ServerError } from "../classify.ts"
import type {
  Connection,
  ConnectionInfo,
  ConnectionStatus,
  CopyChunks,
  CopyOptions,
  CopyOutput,
  CopyResult,
  Notice,
  Notification,
  PipelineOptions,
  PipelineResult,
  PipelineStep,
  QueryOptions,
  QueryResult,
  Row,
  ValueParsers,
} from "../contract.ts"
import { copyDirectionOf, copyThroughQuery, refuseCopyIn } from "../copy-statement.ts"
import { type ConnectionPlace, DatabaseConnectionError, isPgsdError, PgsdError } from "../errors.ts"
import { labelledCall, withLabel } from "../label.ts"
import { EndListeners, Listeners } from "../listeners.ts"
import { flagOrName } from "../options.ts"
import type { SocketAdapter } from "./adapter.ts"
import type { CancelPlace } from "./exchange/cancel.ts"
import { Conversation } from "./exchange/conversation.ts"
import { copyIn, copyOut } from "./exchange/copy.ts"
import { sendNamed } from "./exchange/named-exchange.ts"
import { Request } from "./exchange/request.ts"
import { sendSteps } from "./exchange/step-exchange.ts"
import { sendText } from "./exchange/text-exchange.ts"
import type { Opened } from "./login/opening.ts"
import { TERMINATE } from "./protocol/frontend-message.ts"
import { fromPeer } from "./protocol/peer-error.ts"
import { ProtocolViolation } from "./protocol/protocol-violation.ts"
import { RowTooLarge, type TapListener, type TransactionStatus } from "./protocol/tap.ts"
import type { Wire, WireOwner } from "./protocol/wire.ts"

/** How long close() waits for queries in flight and for the socket, in ms. */
const CLOSE_TIMEOUT_MS = 5_000

export interface SocketConnectionSetup {
  readonly adapter: SocketAdapter
  readonly opened: Opened
  readonly info: ConnectionInfo
  readonly place: ConnectionPlace
  readonly types: ValueParsers | undefined
  readonly cancel: CancelPlace | undefined
}

/** Implements the contract for any driver on a Wire, from the first ReadyForQuery to the end of the session. */
export class SocketConnection implements Connection, TapListener, WireOwner {
  readonly info: ConnectionInfo
  readonly #setup: SocketConnectionSetup
  readonly #wire: Wire
  readonly #conversation: Conversation
  readonly #closeListeners = new EndListeners<[error: PgsdError | undefined]>()
  readonly #noticeListeners = new Listeners<[notice: Notice]>()
  readonly #notificationListeners = new Listeners<[notification: Notification]>()
  #fatal: (ServerError & { readonly severity: string }) | undefined
  #closing: Promise<void> | undefined
  #whenSettled: (() => void) | undefined
  #keepsProcess = true
  #dead = false
  #loss: PgsdError | undefined

  constructor(setup: SocketConnectionSetup) {
    const { info, opened, cancel } = setup
    const { wire, client, status } = opened
    this.info = info
    this.#setup = setup
    this.#wire = wire
    this.#conversation = new Conversation({
      client,
      wire,
      tap: opened.tap,
      status,
      label: info.label,
      window: setup.adapter.writesSynchronously === true ? wire.openWindow() : undefined,
      cancel,
      fail: (cause) => this.fail(cause),
      settled: () => this.#settled(),
    })
    opened.tap.listener = this
    opened.tap.maxLength = undefined
    if (client.describe !== undefined) opened.tap.rows = this.#conversation
    wire.attach(this)
  }

  get native(): unknown {
    return this.#setup.opened.client.native
  }

  get serverParameters(): Readonly<Record<string, string>> {
    return this.#setup.opened.parameters
  }

  get status(): ConnectionStatus {
    if (this.#dead) return "closed"
    if (this.#setup.opened.client.nativePending === true) return "busy"
    return this.#conversation.isIdle ? this.#conversation.status : "busy"
  }

  get transactionEpoch(): number {
    return this.#conversation.transactionEpoch
  }

  query<R = Row>(sql: string, params?: readonly unknown[], options: QueryOptions = {}): Promise<QueryResult<R>> {
    if (options.results !== undefined || typeof options.prepare === "string")
      return labelledCall(this.info.label, this.#special(sql, params, options), options.signal) as Promise<QueryResult<R>>
    return new Promise<QueryResult<R>>((resolve, reject) => {
      try {
        if (this.#dead || this.#closing !== undefined) throw this.#closedError()
        const { signal, types = this.#setup.types, rowMode, undefinedAs } = options
        const prepare = options.prepare === true
        signal?.throwIfAborted()
        checkStatement(sql)
        refuseCopyIn(sql)
        const values = params === undefined ? (prepare ? [] : undefined) : this.#encoded(params, undefinedAs)
        const request = new Request(sql, values, signal, types, rowMode === "array", resolve as (result: QueryResult) => void, reject)
        this.#enqueue(request, prepare)
      } catch (error) {
        throw withLabel(this.info.label, error, options.signal)
      }
    })
  }

  /** All results of a string, or one statement under the caller's name: sent by the toolkit, not the driver. */
  async #special(sql: string, params: readonly unknown[] | undefined, { results, ...options }: QueryOptions): Promise<QueryResult> {
    if (this.#dead || this.#closing !== undefined) throw this.#closedError()
    const { prepare = false, types = this.#setup.types, undefinedAs } = options
    options.signal?.throwIfAborted()
    flagOrName("prepare", prepare)
    checkStatement(sql)
    if (params === undefined && prepare === false) return combinedResult(await sendText(this.#exchangeHost, sql, { ...options, types }))
    if (typeof prepare !== "string") return combinedResult([await this.query(sql, params, options)])
    if (copyDirectionOf(sql) !== undefined) throw copyThroughQuery()
    const statement = { ...options, types, sql, values: this.#encoded(params ?? [], undefinedAs), name: prepare }
    const result = await sendNamed(this.#exchangeHost, this.#conversation.names, statement)
    return results === undefined ? result : combinedResult([result])
  }

  #encoded(params: readonly unknown[], undefinedAs: "null" | undefined): (string | null)[] {
    const { maxParameters, name } = this.#setup.adapter
    const values = serializeParameters(params, undefinedAs)
    if (values.length > maxParameters)
      throw new PgsdError("PGSD_INVALID_PARAMETER", `${values.length} parameters exceed the ${maxParameters} that ${name} can send`)
    return values
  }

  copyFrom(sql: string, source: CopyChunks, options: CopyOptions = {}): Promise<CopyResult> {
    return copyIn(this.#exchangeHost, sql, source, options)
  }

  copyTo(sql: string, options: CopyOptions = {}): CopyOutput {
    return copyOut(this.#exchangeHost, sql, options)
  }

  async pipeline(steps: readonly PipelineStep[], options: PipelineOptions = {}): Promise<PipelineResult[]> {
    try {
      if (this.#dead || this.#closing !== undefined) throw this.#closedError()
      options.signal?.throwIfAborted()
      const values = encodeSteps(steps, (params, undefinedAs) => this.#encoded(params, undefinedAs))
      return await sendSteps(this.#exchangeHost, steps, values, options, this.#setup.types)
    } catch (error) {
      throw withLabel(this.info.label, error, options.signal)
    }
  }

  get #exchangeHost() {
    const { client } = this.#setup.opened
    return { label: this.info.label, wire: this.#wire, client, enqueue: (request: Request) => this.#enqueue(request, false) }
  }

  #enqueue(request: Request, prepare: boolean): void {
    if (this.#dead || this.#closing !== undefined) throw this.#closedError()
    if (!this.#keepsProcess) this.#wire.keepProcessAlive(true)
    this.#conversation.enqueue(request, prepare)
  }

  onClose(listener: (error: PgsdError | undefined) => void): void {
    this.#closeListeners.add(listener)
  }

  onNotice(listener: (notice: Notice) => void): void {
    this.#noticeListeners.add(listener)
  }

  onNotification(listener: (notification: Notification) => void): void {
    this.#notificationListeners.add(listener)
  }

  close(): Promise<void> {
    this.#closing ??= this.#dead ? Promise.resolve() : this.#closeGracefully()
    return this.#closing
  }

  destroy(): void {
    this.#end(undefined)
  }

  ref(): void {
    this.#keepsProcess = true
    this.#wire.keepProcessAlive(true)
  }

  unref(): void {
    this.#keepsProcess = false
    if (this.#conversation.isSettled) this.#wire.keepProcessAlive(false)
  }

  /** The connection is lost. @param cause anything that was thrown */
  fail(cause: unknown): void {
    if (!this.#dead) this.#end(this.#lossBy(cause))
  }

  // Called by the wire.

  received(chunk: Buffer): "pass" | "take" {
    return this.#conversation.read(chunk, this.#tapReads) ? "take" : "pass"
  }

  readonly #tapReads = (chunk: Buffer): void => {
    try {
      this.#setup.opened.tap.read(chunk)
    } catch (error) {
      this.fail(error)
    }
  }

  sending(chunk: Buffer): Buffer | undefined {
    return this.#conversation.sending(chunk) ? chunk : undefined
  }

  delivered(): void {
    if (this.#fatal !== undefined) this.fail(undefined)
    this.#conversation.delivered()
  }

  driverThrew(error: unknown): void {
    this.fail(error)
  }

  disconnected(error: Error | undefined): void {
    if (this.#closing !== undefined && this.#conversation.isSettled) this.#end(undefined)
    else this.fail(error)
  }

  // Called by the Tap.

  readyForQuery(status: TransactionStatus): void {
    this.#conversation.readyForQuery(status)
  }

  commandComplete(tag: string): void {
    this.#conversation.commandComplete(tag)
  }

  bindComplete(): void {
    this.#conversation.bindComplete()
  }

  portalSuspended(): void {
    this.#conversation.portalSuspended()
  }

  error(error: ServerError & { readonly severity: string }): void {
    if (error.severity === "FATAL" || error.severity === "PANIC") this.#fatal = error
    this.#conversation.error(error)
  }

  copyStarted(direction: "in" | "out" | "both"): void {
    this.#conversation.copyStarted(direction)
  }

  parameterStatus(name: string, value: string): void {
    const changed = name === "client_encoding" ? encodingChanged(value, this.#setup.place) : undefined
    if (changed !== undefined) this.fail(changed)
    this.#setup.opened.parameters[name] = value
  }

  notice(notice: Notice): void {
    this.#noticeListeners.emit(notice)
  }

  notification(notification: Notification): void {
    this.#notificationListeners.emit(notification)
  }

  backendKeyData(): void {}

  negotiateProtocolVersion(): void {
    throw new ProtocolViolation("the server negotiates the protocol twice")
  }

  authentication(): void {
    throw new ProtocolViolation("the server requests authentication again")
  }

  #settled(): void {
    if (!this.#keepsProcess) this.#wire.keepProcessAlive(false)
    this.#whenSettled?.()
  }

  async #closeGracefully(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)
    })
    const settled = new Promise<void>((resolve) => {
      if (this.#conversation.isSettled) resolve()
      else this.#whenSettled = resolve
    })
    await Promise.race([settled, late])
    if (!this.#dead && this.#conversation.isSettled) {
      this.#wire.send(TERMINATE)
      await Promise.race([this.#wire.finish(), late])
    }
    clearTimeout(timer)
    this.#end(undefined)
  }

  #end(loss: PgsdError | undefined): void {
    if (this.#dead) return
    this.#dead = true
    this.#loss = loss
    this.#wire.disconnect()
    this.#setup.opened.client.disconnected()
    this.#conversation.abandon(() => this.#closedError())
    this.#whenSettled?.()
    this.#noticeListeners.clear()
    this.#notificationListeners.clear()
    this.#closeListeners.emit(loss)
  }

  #tooLarge(cause: RowTooLarge): PgsdError {
    const where = this.#setup.place
    const hint = "read it in parts with substring(), with COPY, or keep it as a large object"
    const text = `${place(where)}: a row of the result has ${cause.bytes} bytes, more than the ${constants.MAX_STRING_LENGTH} characters that a string can hold (${hint})`
    return new DatabaseConnectionError("PGSD_VALUE_TOO_LARGE", text, { ...where, hint, cause })
  }

  #lossBy(cause: unknown): PgsdError {
    if (isPgsdError(cause)) return cause
    if (cause instanceof RowTooLarge) return this.#tooLarge(cause)
    const where = this.#setup.place
    const fatal = this.#fatal
    const reason =
      fatal?.message ?? (cause instanceof Error && cause.message !== "" ? cause.message : "the server closed it without an error message")
    return new DatabaseConnectionError("PGSD_CONNECTION_LOST", `${place(where)}: the connection is lost: ${reason}`, {
      ...where,
      cause: fatal === undefined ? cause : fromPeer(fatal, undefined, where),
      sqlState: fatal?.sqlState,
      severity: fatal?.severity,
      retryable: true,
    })
  }

  // Created for each query, so that the stack leads to the caller.
  #closedError(): PgsdError {
    const where = this.#setup.place
    const loss = this.#loss
    if (loss === undefined)
      return new DatabaseConnectionError("PGSD_CONNECTION_CLOSED", `${place(where)}: the connection was closed`, where)
    const { message, cause, sqlState, retryable, hint } = loss
    return new DatabaseConnectionError(loss.code, message, { ...where, cause, sqlState, retryable, hint })
  }
}
