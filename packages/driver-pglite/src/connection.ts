import {
  abortable,
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
  copyThroughQuery,
  DatabaseConnectionError,
  EndListeners,
  flagOrName,
  Listeners,
  type Notice,
  type Notification,
  onAbort,
  type PgsdError,
  type PipelineOptions,
  type PipelineResult,
  type PipelineStep,
  type QueryOptions,
  type QueryResult,
  type Row,
  toPgsdError,
} from "@pgsd/driver"
import { CopyReader, combinedResult, encodeSteps, encodingChanged, labelledCall, serializeParameters, textOf } from "@pgsd/driver/adapter"
import type { Answer } from "./answer.ts"
import { Native } from "./native.ts"
import type { Session, Statement } from "./session.ts"

/** How long close() waits for queries in flight, in ms. */
const CLOSE_TIMEOUT_MS = 5_000

type Outcome = { readonly answer: Answer } | { readonly error: unknown }

interface Job {
  readonly statement: Statement
  readonly settle: (outcome: Outcome) => void
  /** Calls on `native` in progress at that moment: they come first, as they would on a wire. */
  readonly behind: Promise<void> | undefined
}

export class PGliteConnection implements Connection {
  readonly info: ConnectionInfo
  readonly #session: Session
  readonly #ended: () => void
  readonly #mayReturn: boolean
  readonly #native: Native
  readonly #jobs: Job[] = []
  /** Can no longer be stopped. */
  #running: Job | undefined
  /** A call was made on `native`, which may have changed parameters. */
  #stale = false
  /** Aborts when the job ends, for waits outside of it. */
  readonly #ending = new AbortController()
  readonly #closed = new EndListeners<[error: PgsdError | undefined]>()
  readonly #notices = new Listeners<[notice: Notice]>()
  readonly #notifications = new Listeners<[notification: Notification]>()
  #parameters: Readonly<Record<string, string>>
  #end: { readonly error: PgsdError | undefined } | undefined
  #closing: Promise<void> | undefined
  /** The one loop that runs the jobs; undefined while there are none. */
  #working: Promise<void> | undefined

  /** @param mayReturn another connection may find the database again when this one is lost */
  constructor(session: Session, info: ConnectionInfo, parameters: Readonly<Record<string, string>>, mayReturn: boolean, ended: () => void) {
    this.info = info
    this.#mayReturn = mayReturn
    this.#session = session
    this.#parameters = parameters
    this.#ended = ended
    this.#native = new Native(session.instance, {
      used: (sql) => this.#nativeUsed(sql),
      refusal: () => (this.#end === undefined ? undefined : this.#unusable()),
    })
  }

  get status(): ConnectionStatus {
    if (this.#end !== undefined) return "closed"
    return this.#jobs.length > 0 || this.#native.busy ? "busy" : this.#session.status
  }

  get transactionEpoch(): number {
    return this.#session.transactionEpoch
  }

  get serverParameters(): Readonly<Record<string, string>> {
    return this.#parameters
  }

  get native(): unknown {
    return this.#native.pglite
  }

  #nativeUsed(sql: string | undefined): void {
    this.#session.look(sql)
    if (this.#end !== undefined) return
    this.#stale = true
    if (this.#session.instance.closed) this.#fail(new Error("PGlite was closed"))
  }

  /** Settles when the session no longer works for this connection. */
  async working(): Promise<void> {
    await Promise.all([this.#working, this.#native.settled()])
  }

  query<R = Row>(sql: string, params?: readonly unknown[], options: QueryOptions = {}): Promise<QueryResult<R>> {
    return labelledCall(this.info.label, this.#query<R>(sql, params, options), options.signal)
  }

  async #query<R>(sql: string, params: readonly unknown[] | undefined, options: QueryOptions): Promise<QueryResult<R>> {
    if (this.#end !== undefined || this.#closing !== undefined) throw this.#unusable()
    const { signal, prepare, types, rowMode, undefinedAs, results } = options
    signal?.throwIfAborted()
    if (prepare !== undefined) flagOrName("prepare", prepare)
    checkStatement(sql)
    const encoded = params === undefined ? undefined : serializeParameters(params, undefinedAs)
    const all = results === "all" && encoded === undefined && typeof prepare !== "string"
    const { result, batch = [] } = await this.#ask({ sql, params: encoded, prepare, all, types, rowMode }, signal)
    if (results === undefined) return result as QueryResult<R>
    return combinedResult(all ? batch.map(({ suspended: _, ...each }) => each) : [result]) as QueryResult<R>
  }

  pipeline(steps: readonly PipelineStep[], options: PipelineOptions = {}): Promise<PipelineResult[]> {
    return labelledCall(this.info.label, this.#pipeline(steps, options), options.signal)
  }

  async #pipeline(steps: readonly PipelineStep[], { signal }: PipelineOptions): Promise<PipelineResult[]> {
    if (this.#end !== undefined || this.#closing !== undefined) throw this.#unusable()
    signal?.throwIfAborted()
    const values = encodeSteps(steps)
    if (steps.length === 0) return []
    const { batch = [] } = await this.#ask({ sql: textOf(steps), steps, values }, signal)
    return batch
  }

  /** Buffered: PGlite takes a statement and all its data in one call. */
  copyFrom(sql: string, source: CopyChunks, options: CopyOptions = {}): Promise<CopyResult> {
    return labelledCall(this.info.label, this.#copyFrom(sql, source, options), options.signal)
  }

  async #copyFrom(sql: string, source: CopyChunks, { signal }: CopyOptions): Promise<CopyResult> {
    const reader = new CopyReader(source)
    try {
      const { gathered } = await import("./copy.ts")
      checkCopyStatement(sql, "in")
      signal?.throwIfAborted()
      const copyIn = await gathered(reader, [signal, this.#ending.signal], this.info.label)
      const { result } = await this.#ask({ sql, copyIn }, signal)
      return { rowCount: result.rowCount }
    } finally {
      reader.leave()
    }
  }

  copyTo(sql: string, options: CopyOptions = {}): CopyOutput {
    return asIterator(this.#copied(sql, options))
  }

  async *#copied(sql: string, { signal }: CopyOptions): AsyncGenerator<Uint8Array, undefined> {
    const { MAX_COPY_BYTES, tooMuch } = await import("./copy.ts")
    const { copied } = await labelledCall(this.info.label, this.#copyOut(sql, signal), signal)
    if (copied.reduce((bytes, chunk) => bytes + chunk.length, 0) > MAX_COPY_BYTES) throw tooMuch(this.info.label)
    for (const chunk of copied) {
      yield chunk
      signal?.throwIfAborted()
    }
    return undefined
  }

  async #copyOut(sql: string, signal: AbortSignal | undefined): Promise<Answer> {
    checkCopyStatement(sql, "out")
    return this.#ask({ sql, copyOut: true }, signal)
  }

  #ask(statement: Statement, signal: AbortSignal | undefined): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      // Also when either has happened since the call: a COPY loads its code, and reads its source, first.
      if (this.#end !== undefined || this.#closing !== undefined) throw this.#unusable()
      signal?.throwIfAborted()
      let unlisten = () => {}
      const job: Job = {
        statement,
        behind: this.#native.busy ? this.#native.settled() : undefined,
        settle: (outcome) => {
          unlisten()
          if ("answer" in outcome) resolve(outcome.answer)
          else reject(outcome.error)
        },
      }
      const abort = () => this.#abort(job, signal?.reason)
      unlisten = signal === undefined ? unlisten : onAbort(signal, abort)
      this.#jobs.push(job)
      // Not the queue's length: an aborted job leaves the queue while the loop still waits for native calls.
      this.#working ??= this.#work()
    })
  }

  // A waiting query is not sent; a running one cannot be stopped, but its caller need not wait for it.
  #abort(job: Job, reason: unknown): void {
    if (job !== this.#running) this.#jobs.splice(this.#jobs.indexOf(job), 1)
    job.settle({ error: reason })
  }

  async #work(): Promise<void> {
    for (let job = this.#jobs[0]; job !== undefined; job = this.#jobs[0]) {
      if (job.behind !== undefined) {
        await abortable(job.behind, this.#ending.signal).catch(() => {})
        // It may have been aborted in the meantime.
        if (job !== this.#jobs[0]) continue
      }
      this.#running = job
      // Never rejects.
      const outcome = await this.#run(job.statement)
      this.#running = undefined
      if (this.#end !== undefined) break
      // Before any listener is called, so that they see the current status.
      this.#jobs.shift()
      job.settle(outcome)
    }
    this.#working = undefined
  }

  async #run(statement: Statement): Promise<Outcome> {
    try {
      if (this.#stale && this.#session.status !== "failed") await this.#askParameters()
      if (this.#end !== undefined) return { error: this.#unusable() }
      const answer = await this.#session.run(statement)
      this.#noted(answer.parameters)
      if (this.#end !== undefined) return { error: this.#unusable() }
      if (this.#session.mayHaveLostSettings(answer)) await this.#askParameters()
      this.#emit(answer)
      const { copyIn, copyOut } = statement
      if (answer.copy && copyIn === undefined && copyOut !== true)
        return { error: copyThroughQuery({ cause: answer.error, label: this.info.label }) }
      if (answer.error !== undefined) return { error: refusalOf(answer, toPgsdError(answer.error, this.#place), statement) }
      return answer.unread ?? { answer }
    } catch (cause) {
      return { error: this.#fail(cause) }
    }
  }

  async #askParameters(): Promise<void> {
    this.#stale = false
    this.#noted(await this.#session.parameters())
  }

  #noted(parameters: Readonly<Record<string, string>>): void {
    const { user: _, database: __, processId: ___, ...reported } = parameters
    this.#parameters = { ...this.#parameters, ...reported }
    const changed = encodingChanged(this.#parameters.client_encoding ?? "UTF8", this.#place)
    if (changed !== undefined) this.#finalize(changed)
  }

  #fail(cause: unknown): PgsdError {
    const fate = this.#mayReturn ? "its database is gone unless it has a folder" : "its database was in memory, and is gone"
    const text = `${this.info.label}: PGlite ended; ${fate}`
    const error = new DatabaseConnectionError("PGSD_CONNECTION_LOST", text, { ...this.#place, cause, retryable: this.#mayReturn })
    this.#finalize(error)
    return error
  }

  #emit({ notices, notifications }: Answer): void {
    for (const notice of notices) this.#notices.emit(notice)
    for (const notification of notifications) this.#notifications.emit(notification)
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
    if (this.status === "busy") await within(CLOSE_TIMEOUT_MS, this.working())
    this.destroy()
  }

  destroy(): void {
    this.#finalize(undefined)
  }

  #finalize(error: PgsdError | undefined): void {
    if (this.#end !== undefined) return
    this.#end = { error }
    this.#ending.abort(error ?? this.#unusable())
    for (const job of this.#jobs.splice(0)) job.settle({ error: error ?? this.#unusable() })
    this.#ended()
    this.#closed.emit(error)
  }

  #unusable(): PgsdError {
    const { label } = this.info
    const cause = this.#end?.error
    if (cause === undefined)
      return new DatabaseConnectionError("PGSD_CONNECTION_CLOSED", `${label}: this connection was closed; open another one`, this.#place)
    const text = `${label}: the connection was lost; open another one`
    return new DatabaseConnectionError("PGSD_CONNECTION_LOST", text, { ...this.#place, cause, retryable: this.#mayReturn })
  }

  get #place() {
    const { label, user, database } = this.info
    return { driver: "pglite", label, user, database }
  }
}

/** For a batch: with the index of the statement that was not answered, unless the Sync failed. */
function refusalOf({ batch }: Answer, error: PgsdError, { steps = [] }: Statement): PgsdError {
  const statements = steps.filter((step) => !("close" in step)).length
  return batch === undefined || batch.length >= statements ? error : atStatement(error, batch.length)
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const bound = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, bound])
  clearTimeout(timer)
}
