import {
  asIterator,
  atStatement,
  type Connection,
  type ConnectionInfo,
  type ConnectionStatus,
  type CopyChunks,
  type CopyOptions,
  type CopyOutput,
  type CopyResult,
  checkCopyStatement,
  checkStatement,
  copyDirectionOf,
  copyThroughQuery,
  DatabaseConnectionError,
  EndListeners,
  flagOrName,
  follow,
  Listeners,
  type Notice,
  type Notification,
  onAbort,
  type PgsdError,
  type PipelineOptions,
  type PipelineResult,
  type PipelineStep,
  type PortalClose,
  type QueryOptions,
  type QueryResult,
  type Row,
} from "@pgsd/driver"
import {
  CopyReader,
  combinedResult,
  encodeSteps,
  encodingChanged,
  labelledCall,
  labelledOutput,
  serializeParameters,
} from "@pgsd/driver/adapter"
import { Channels } from "./channels.ts"
import { type FakeClock, pause } from "./clock.ts"
import { type FakeCopy, FakeCopyIn, FakeCopyOut, linesOf } from "./copy.ts"
import { type FakeFailure, failureOf } from "./failure.ts"
import { FakePortals } from "./portals.ts"
import { guarded, queryResult, type Unread } from "./results.ts"
import { type FakeAnswer, type FakeQuery, type FakeResult, resultOf } from "./script.ts"
import { splitStatements } from "./statements.ts"
import { TransactionState } from "./transaction.ts"

/** A connection of a fakeDriver, with control of its server side. */
export interface FakeConnection extends Connection {
  /** 1 for the first connection of its driver. */
  readonly id: number
  /** Loses the connection, as if by the server or the network. @default ECONNRESET */
  kill(failure?: FakeFailure): void
  /** A ParameterStatus message. */
  setParameter(name: string, value: string): void
  notice(notice: Partial<Notice> & { readonly message: string }): void
  notify(notification: Partial<Notification> & { readonly channel: string }): void
  /** The last call: ref() or unref(). */
  hasRef(): boolean
}

/** What a connection needs from its driver. */
export interface FakeServer {
  readonly cancels: boolean
  readonly clock: FakeClock
  readonly closeTimeoutMs: number
  started(query: FakeQuery): void
  answerTo(query: FakeQuery): FakeAnswer | undefined
  /** The answer to a query without a scripted one. */
  unscripted(query: FakeQuery): FakeResult
  ended(connection: FakeConnection): void
  /** Sends a NOTIFY to every listening session. */
  notified(notification: Notification): void
}

const NO_RESULT: QueryResult = { rows: [], rowCount: 0, command: "", fields: [] }

interface Job extends Unread {
  readonly query: FakeQuery
  readonly options: QueryOptions
  readonly copy: FakeCopy | undefined
  /** For a batch: replaces the query. */
  readonly batch: ((job: Job) => Promise<void>) | undefined
  /** Aborts whatever the job waits for: on a cancel, or at the end of the connection. */
  readonly stop: AbortController
  settle(outcome: { readonly result: QueryResult } | { readonly error: unknown }): void
}

export class FakeSession implements FakeConnection {
  readonly id: number
  readonly info: ConnectionInfo
  readonly #server: FakeServer
  readonly #parameters: Record<string, string>
  readonly #transaction = new TransactionState()
  readonly #channels: Channels
  readonly #jobs: Job[] = []
  readonly #portals = new FakePortals()
  readonly #closed = new EndListeners<[error: PgsdError | undefined]>()
  readonly #notices = new Listeners<[notice: Notice]>()
  readonly #notifications = new Listeners<[notification: Notification]>()
  #end: { readonly error: PgsdError | undefined } | undefined
  #closing: Promise<void> | undefined
  #idle = () => {}
  #ref = true

  constructor(id: number, info: ConnectionInfo, parameters: Readonly<Record<string, string>>, server: FakeServer) {
    this.id = id
    this.info = info
    this.#parameters = { ...parameters }
    this.#server = server
    this.#channels = new Channels((channel, payload) => server.notified({ channel, payload, processId: info.processId }))
  }

  get status(): ConnectionStatus {
    if (this.#end !== undefined) return "closed"
    return this.#jobs.length > 0 ? "busy" : this.#transaction.status
  }

  get transactionEpoch(): number {
    return this.#transaction.epoch
  }

  get serverParameters(): Readonly<Record<string, string>> {
    return this.#parameters
  }

  get native(): unknown {
    return this
  }

  query<R = Row>(sql: string, params?: readonly unknown[], options: QueryOptions = {}): Promise<QueryResult<R>> {
    return labelledCall(this.info.label, this.#query<R>(sql, params, options), options.signal)
  }

  async #query<R>(sql: string, params: readonly unknown[] | undefined, options: QueryOptions): Promise<QueryResult<R>> {
    if (this.#end !== undefined || this.#closing !== undefined) throw this.#unusable()
    options.signal?.throwIfAborted()
    if (options.prepare !== undefined) flagOrName("prepare", options.prepare)
    checkStatement(sql)
    const encoded = params === undefined ? undefined : serializeParameters(params, options.undefinedAs)
    const query = { sql, params, encoded, prepare: options.prepare ?? false, connection: this }
    return this.#ask(query, options, undefined) as Promise<QueryResult<R>>
  }

  pipeline(steps: readonly PipelineStep[], options: PipelineOptions = {}): Promise<PipelineResult[]> {
    return labelledCall(this.info.label, this.#pipeline(steps, options), options.signal)
  }

  async #pipeline(steps: readonly PipelineStep[], { signal }: PipelineOptions): Promise<PipelineResult[]> {
    if (this.#end !== undefined || this.#closing !== undefined) throw this.#unusable()
    signal?.throwIfAborted()
    const values = encodeSteps(steps)
    const results: PipelineResult[] = []
    const query = { sql: "", params: undefined, encoded: undefined, prepare: false, pipelined: true, connection: this }
    const run = async (job: Job) => {
      try {
        for (const [index, step] of steps.entries()) {
          if ("close" in step) this.#portals.close(step.close)
          else results.push(await this.#step(job, step, values[index] ?? []))
        }
      } catch (error) {
        throw atStatement(error, results.length)
      }
    }
    if (steps.length > 0) await this.#ask(query, { signal }, undefined, run)
    return results
  }

  async #step(job: Job, step: Exclude<PipelineStep, PortalClose>, encoded: readonly (string | null)[]): Promise<PipelineResult> {
    const { rows = Number.POSITIVE_INFINITY } = step
    if (!("sql" in step)) {
      this.#server.started({ ...job.query, sql: this.#portals.statementOf(step.fetch), encoded, fetches: rows })
      job.stop.signal.throwIfAborted()
      return this.#portals.take(step.fetch, rows, guarded(step, job), this.#place)
    }
    const { sql, params = [], portal = "" } = step
    const query = { ...job.query, sql: sql.trim(), params, encoded }
    this.#server.started(query)
    this.#portals.open(portal, query.sql, await this.#performed(job, query, this.#server.answerTo(query)))
    return this.#portals.take(portal, rows, guarded(step, job), this.#place)
  }

  copyFrom(sql: string, source: CopyChunks, options: CopyOptions = {}): Promise<CopyResult> {
    return labelledCall(this.info.label, this.#copyFrom(sql, source, options), options.signal)
  }

  async #copyFrom(sql: string, source: CopyChunks, options: CopyOptions): Promise<CopyResult> {
    const reader = new CopyReader(source)
    try {
      checkCopyStatement(sql, "in")
      const { rowCount } = await this.#copies(sql, options, new FakeCopyIn(reader))
      return { rowCount }
    } finally {
      reader.leave()
    }
  }

  copyTo(sql: string, options: CopyOptions = {}): CopyOutput {
    return asIterator(labelledOutput(this.info.label, this.#output(sql, options), options.signal))
  }

  async *#output(sql: string, { signal }: CopyOptions): AsyncGenerator<Uint8Array, undefined> {
    checkCopyStatement(sql, "out")
    const stop = new AbortController()
    const unfollow = follow(signal, stop)
    const out = new FakeCopyOut()
    let over = false
    const copied = this.#copies(sql, { signal: stop.signal }, out).finally(() => {
      over = true
      out.end()
    })
    copied.catch(() => {})
    try {
      while (!over) {
        const chunk = await out.take()
        if (chunk !== undefined) yield chunk
      }
      await copied
    } finally {
      unfollow()
      if (!over) stop.abort(new Error("the consumer of a COPY stopped reading"))
      await copied.catch(() => {})
    }
    return undefined
  }

  async #copies(sql: string, { signal }: CopyOptions, copy: FakeCopy): Promise<QueryResult> {
    if (this.#end !== undefined || this.#closing !== undefined) throw this.#unusable()
    signal?.throwIfAborted()
    return this.#ask({ sql, params: undefined, encoded: undefined, prepare: false, connection: this }, { signal }, copy)
  }

  #ask(query: FakeQuery, options: QueryOptions, copy: FakeCopy | undefined, batch?: Job["batch"]): Promise<QueryResult> {
    return new Promise((resolve, reject) => this.#enqueue(query, options, copy, batch, resolve, reject))
  }

  #enqueue(
    query: FakeQuery,
    options: QueryOptions,
    copy: FakeCopy | undefined,
    batch: Job["batch"],
    resolve: (result: QueryResult) => void,
    reject: (error: unknown) => void,
  ): void {
    const { signal } = options
    const abort = () => this.#abort(job, signal?.reason)
    let unlisten = () => {}
    const job: Job = {
      query,
      options,
      copy,
      batch,
      stop: new AbortController(),
      unread: undefined,
      settle: (outcome) => {
        unlisten()
        if ("result" in outcome) resolve(outcome.result)
        else reject(outcome.error)
      },
    }
    if (signal !== undefined) unlisten = onAbort(signal, abort)
    this.#jobs.push(job)
    if (this.#jobs.length === 1) void this.#work()
  }

  #abort(job: Job, reason: unknown): void {
    const running = this.#jobs[0] === job
    if (running && this.#server.cancels) {
      job.stop.abort(reason)
      return
    }
    // Not sent yet, or the server cannot be reached: the caller is rejected, and a running statement continues.
    if (!running) this.#jobs.splice(this.#jobs.indexOf(job), 1)
    job.settle({ error: reason })
  }

  // One at a time and in order, as a server does.
  async #work(): Promise<void> {
    for (let job = this.#jobs[0]; job !== undefined; job = this.#jobs[0]) {
      const outcome = await this.#run(job).then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      )
      if (this.#end !== undefined) return
      // Before any listener is called, so that they see the current status.
      this.#jobs.shift()
      if ("error" in outcome) this.#transaction.fail()
      if (this.#transaction.status !== "transaction") this.#portals.forget()
      job.settle("error" in outcome ? outcome : (job.unread ?? outcome))
    }
    this.#idle()
  }

  async #run(job: Job): Promise<QueryResult> {
    if (job.copy !== undefined) return this.#copy(job, job.copy)
    if (job.batch !== undefined) {
      await job.batch(job)
      return NO_RESULT
    }
    this.#server.started(job.query)
    const { sql, params } = job.query
    const whole = this.#server.answerTo(job.query)
    const results: QueryResult[] = []
    if (whole !== undefined || params !== undefined) results.push(await this.#statement(job, { ...job.query, sql: sql.trim() }, whole))
    else
      for (const statement of splitStatements(sql)) {
        const query = { ...job.query, sql: statement }
        results.push(await this.#statement(job, query, this.#server.answerTo(query)))
      }
    const { results: all, ...last } = combinedResult(results.length === 0 ? [NO_RESULT] : results)
    return job.options.results === undefined ? last : { ...last, results: all ?? [] }
  }

  async #copy(job: Job, copy: FakeCopy): Promise<QueryResult> {
    const copied = this.#transaction.status === "failed" ? undefined : await copy.receive(job.stop.signal)
    const query = { ...job.query, copied }
    this.#server.started(query)
    return this.#statement(job, query, this.#server.answerTo(query))
  }

  async #statement(job: Job, query: FakeQuery, answer: FakeAnswer | undefined): Promise<QueryResult> {
    return queryResult(query.sql, await this.#performed(job, query, answer), guarded(job.options, job))
  }

  async #performed(job: Job, query: FakeQuery, answer: FakeAnswer | undefined): Promise<FakeResult> {
    const control = this.#transaction.apply(query.sql)
    if (control?.error !== undefined) throw failureOf(control.error, this.#place)
    if (control?.warning !== undefined) this.notice({ severity: "WARNING", sqlState: "25001", message: control.warning })
    if (job.copy === undefined && copyDirectionOf(query.sql) !== undefined) throw copyThroughQuery()
    const silent = control === undefined ? this.#server.unscripted(query) : {}
    const result = await this.#answered(job, query, answer ?? silent)
    if (result.error === undefined && result.lose === undefined) this.#channels.note(query)
    if (this.#transaction.status === "idle") this.#endTransaction(control?.command)
    for (const notice of result.notices ?? []) this.notice(notice)
    if (result.lose !== undefined) this.kill(result.lose)
    if (result.error !== undefined) throw failureOf(result.error, this.#place)
    await job.copy?.send(result, job.stop.signal)
    if (job.copy !== undefined) return { ...result, rowCount: result.rowCount ?? linesOf(query, result) }
    return control === undefined ? result : { command: control.command, ...result }
  }

  #endTransaction(command: string | undefined): void {
    if (command === "ROLLBACK") this.#channels.rollback()
    else this.#channels.commit()
  }

  async #answered(job: Job, query: FakeQuery, answer: FakeAnswer): Promise<FakeResult> {
    const { signal } = job.stop
    const stopped = pause(Number.POSITIVE_INFINITY, this.#server.clock, signal)
    const result = await Promise.race([resultOf(answer, query), stopped.then((): FakeResult => ({}))])
    if (result.delayMs !== undefined) await pause(result.delayMs, this.#server.clock, signal)
    signal.throwIfAborted()
    return result
  }

  onClose(listener: (error: PgsdError | undefined) => void): void {
    this.#closed.add(listener)
  }

  onNotice(listener: (notice: Notice) => void): void {
    this.#notices.add(listener)
  }

  onNotification(listener: (notification: Notification) => void): void {
    this.#notifications.add(listener)
  }

  async close(): Promise<void> {
    if (this.#end !== undefined) return
    this.#closing ??= this.#finish()
    return this.#closing
  }

  async #finish(): Promise<void> {
    const bound = new AbortController()
    this.#idle = () => bound.abort()
    if (this.#jobs.length > 0) await pause(this.#server.closeTimeoutMs, this.#server.clock, bound.signal)
    this.destroy()
  }

  destroy(): void {
    this.#finalize(undefined)
  }

  kill(failure: FakeFailure = { systemCode: "ECONNRESET" }): void {
    const cause = failureOf(failure, this.#place, true)
    this.#finalize(cause.code === "PGSD_CONNECTION_LOST" ? cause : this.#lost(cause))
  }

  #finalize(error: PgsdError | undefined): void {
    if (this.#end !== undefined) return
    this.#end = { error }
    for (const job of this.#jobs.splice(0)) {
      const rejection = error ?? this.#unusable()
      job.settle({ error: rejection })
      job.stop.abort(rejection)
    }
    this.#idle()
    this.#server.ended(this)
    this.#closed.emit(error)
  }

  #unusable(): PgsdError {
    const { label } = this.info
    if (this.#end?.error !== undefined) return this.#lost(this.#end.error)
    return new DatabaseConnectionError("PGSD_CONNECTION_CLOSED", `${label}: this connection was closed; open another one`, this.#place)
  }

  #lost(cause: unknown): PgsdError {
    const text = `${this.info.label}: the connection was lost; open another one`
    return new DatabaseConnectionError("PGSD_CONNECTION_LOST", text, { ...this.#place, cause, retryable: true })
  }

  get #place() {
    const { label, host, port, user, database } = this.info
    return { driver: "fake", label, host, port, user, database }
  }

  setParameter(name: string, value: string): void {
    this.#parameters[name] = value
    const changed = name === "client_encoding" ? encodingChanged(value, this.#place) : undefined
    if (changed !== undefined) this.#finalize(changed)
  }

  notice(notice: Partial<Notice> & { readonly message: string }): void {
    this.#notices.emit({ severity: "NOTICE", sqlState: "00000", ...notice })
  }

  /** A notification from another session. */
  hear(notification: Notification): void {
    if (this.#end === undefined && this.#channels.has(notification.channel)) this.#notifications.emit(notification)
  }

  notify(notification: Partial<Notification> & { readonly channel: string }): void {
    this.#notifications.emit({ payload: "", processId: 0, ...notification })
  }

  ref(): void {
    this.#ref = true
  }

  unref(): void {
    this.#ref = false
  }

  hasRef(): boolean {
    return this.#ref
  }
}
