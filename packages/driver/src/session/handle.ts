import { asIterator } from "../async-iterator.ts"
import { BATCH_OPTIONS, CALL_OPTIONS, COPY_FROM_OPTIONS, COPY_TO_OPTIONS, NOTIFY_OPTIONS, STREAM_OPTIONS } from "../calls/call-options.ts"
import { checkWork } from "../calls/check-work.ts"
import { isRefusal, refusable } from "../calls/late-calls.ts"
import { checkNotification, NOTIFY } from "../calls/notify.ts"
import { onlyRow, rowOrNone } from "../calls/one-row.ts"
import type {
  BatchOptions,
  CallOptions,
  CopyFromOptions,
  CopySource,
  CopyToOptions,
  NotifyOptions,
  StreamOptions,
} from "../calls/queryable.ts"
import { copyText, type PlainStatement, readStatement, type StatementInput, withFormOf } from "../calls/statement.ts"
import type { CopyOutput, CopyResult, QueryResult, Row } from "../contract.ts"
import { publish } from "../diagnostics.ts"
import { PgsdError } from "../errors.ts"
import { withLabel } from "../label.ts"
import { checkOptions } from "../options.ts"
import { owningSource } from "../owned-source.ts"
import { readBatch, runBatch } from "./batch.ts"
import { limitedQuery } from "./limited-query.ts"
import { awaitWithin, limitOf } from "./limits.ts"
import type { Scope } from "./scope.ts"
import type { SessionState } from "./session-state.ts"
import { rowsOf } from "./stream.ts"

/** Anything that sends statements: a session, a transaction, a savepoint. */
export abstract class Handle {
  /** The transaction it represents; undefined for the session itself. */
  protected abstract readonly scope: Scope | undefined
  protected abstract readonly label: string
  /** @throws PgsdError if the handle is dead */
  protected abstract use(): SessionState

  /** For an admitted call that continues. @throws PgsdError if the session no longer belongs to the caller */
  protected state(): SessionState {
    return this.use()
  }

  query<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<QueryResult<R>> {
    try {
      const state = this.use()
      // The fast path: only two strings to read.
      if (typeof statement === "string" && options === undefined && state.busy === undefined) {
        state.admit(this.scope)
        return state.run<R>(this.scope, statement, params, undefined)
      }
      const call = this.#query<R>(state, readStatement(statement, params), options)
      this.scope?.track(call)
      return call
    } catch (error) {
      return this.#refuse(statement, error)
    }
  }

  one<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<R> {
    return this.#rowOf(this.query<R>(statement, params, options), onlyRow<R>)
  }

  maybeOne<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<R | undefined> {
    return this.#rowOf(this.query<R>(statement, params, options), rowOrNone<R>)
  }

  #rowOf<R, T>(result: Promise<QueryResult<R>>, pick: (rows: readonly R[], label: string) => T): Promise<T> {
    // Published like that of query().
    const row = refusable(
      () => result.then(({ rows }) => pick(rows, this.label)),
      () => {},
    )
    this.scope?.track(row)
    return row
  }

  batch<R = Row>(statements: readonly StatementInput[], options: BatchOptions = {}): Promise<QueryResult<R>[]> {
    const sql = () => Array.from(statements, sqlOf).join(";\n")
    return this.entering(sql, (begins) => this.#batch<R>(statements, options, begins))
  }

  async #batch<R>(statements: readonly StatementInput[], options: BatchOptions, begins: () => void): Promise<QueryResult<R>[]> {
    this.checked(() => checkOptions("option of batch", options, BATCH_OPTIONS))
    try {
      const plain = readBatch(statements)
      return await this.whenAlone(options, () => {
        begins()
        return runBatch<R>(() => this.state(), this.scope, plain, options)
      })
    } catch (error) {
      throw withLabel(this.label, error, options.signal)
    }
  }

  stream<R = Row>(
    statement: StatementInput,
    params?: readonly unknown[],
    options: StreamOptions = {},
  ): AsyncIterableIterator<R> & AsyncDisposable {
    const plain = this.checked(() => {
      checkOptions("option of stream", options, STREAM_OPTIONS)
      return readStatement(statement, params)
    })
    return this.#reading(() => plain.sql, this.#rows<R>(plain, options))
  }

  async *#rows<R>(plain: PlainStatement, options: StreamOptions): AsyncGenerator<R, undefined> {
    const { timeoutMs = Number.POSITIVE_INFINITY, signal } = options
    const begin = () => rowsOf<R>(() => this.use(), this.scope, plain, withFormOf(options, plain))
    try {
      yield* this.use().busy === undefined ? begin() : await this.whenFree(signal, timeoutMs, begin)
    } catch (error) {
      throw withLabel(this.label, error, signal)
    }
    return undefined
  }

  notify(channel: string, payload = "", options?: NotifyOptions): Promise<void> {
    // Published like that of query().
    const sent = refusable(
      () => this.#notify(channel, payload, options),
      () => {},
    )
    this.scope?.track(sent)
    return sent
  }

  async #notify(channel: string, payload: string, options: NotifyOptions | undefined): Promise<void> {
    this.checked(() => {
      if (options !== undefined) checkOptions("option of notify", options, NOTIFY_OPTIONS)
      checkNotification(channel, payload)
    })
    await this.query(NOTIFY, [channel, payload], options)
  }

  copyFrom(statement: StatementInput, source: CopySource, options: CopyFromOptions = {}): Promise<CopyResult> {
    return this.entering(
      () => sqlOf(statement),
      (begins) => owningSource(source, () => this.#copyFrom(statement, source, options, begins)),
    )
  }

  async #copyFrom(statement: StatementInput, source: CopySource, options: CopyFromOptions, begins: () => void): Promise<CopyResult> {
    this.checked(() => checkOptions("option of copyFrom", options, COPY_FROM_OPTIONS))
    try {
      const sql = copyText(statement, "in")
      return await this.whenAlone(options, async () => {
        begins()
        const { copyFrom } = await import("./copy.ts")
        return copyFrom(() => this.state(), this.scope, sql, source, options)
      })
    } catch (error) {
      throw withLabel(this.label, error, options.signal)
    }
  }

  copyTo(statement: StatementInput, options: CopyToOptions = {}): CopyOutput {
    this.checked(() => checkOptions("option of copyTo", options, COPY_TO_OPTIONS))
    return this.#reading(() => sqlOf(statement), this.#copyTo(statement, options))
  }

  async *#copyTo(statement: StatementInput, options: CopyToOptions): AsyncGenerator<Uint8Array, undefined> {
    try {
      const sql = copyText(statement, "out")
      const leave = await this.#alone(options)
      try {
        const { copyTo } = await import("./copy.ts")
        this.use().admit(this.scope)
        yield* copyTo(() => this.state(), this.scope, sql, options, leave)
      } catch (error) {
        leave()
        throw error
      }
    } catch (error) {
      throw withLabel(this.label, error, options.signal)
    }
    return undefined
  }

  /** Calls `work` when the session is free; other calls on it wait. */
  protected async whenAlone<T>(limits: CopyToOptions, work: (state: SessionState) => Promise<T>): Promise<T> {
    const leave = await this.#alone(limits)
    try {
      return await work(this.state())
    } finally {
      leave()
    }
  }

  /** Resolves when the session is free; calls on it then wait until the returned function has been called. */
  async #alone({ signal, timeoutMs }: CopyToOptions): Promise<() => void> {
    signal?.throwIfAborted()
    const occupy = () => {
      const state = this.use()
      state.admit(this.scope)
      return state.hold()
    }
    const leave = this.use().busy === undefined ? occupy() : await this.whenFree(signal, timeoutMs, occupy)
    const { scope } = this
    try {
      this.state().settleNative(scope)
      if (scope?.barrier === undefined) return leave
      // A statement that may end the transaction, sent earlier without being awaited.
      await awaitWithin(this.state(), { signal, timeoutMs }, scope.barrier)
      if (scope.endedByHand !== undefined) throw scope.ended
      return leave
    } catch (error) {
      leave()
      throw error
    }
  }

  /** Wraps what is validated before a call, and before its options are read. */
  protected checked<T>(check: () => T): T {
    try {
      return check()
    } catch (error) {
      throw withLabel(this.label, error)
    }
  }

  #query<R>(state: SessionState, plain: PlainStatement, given: CallOptions | undefined): Promise<QueryResult<R>> {
    if (given !== undefined) checkOptions("option of query", given, CALL_OPTIONS)
    const { maxRows = Number.POSITIVE_INFINITY, ...options } = withFormOf<CallOptions>(given ?? {}, plain)
    if (maxRows !== Number.POSITIVE_INFINITY) refuseUnlimited(options)
    if (options.signal?.aborted) return Promise.reject(options.signal.reason)
    if (state.busy !== undefined) return this.#later<R>(plain, maxRows, options)
    return this.#send<R>(state, plain, maxRows, options)
  }

  #send<R>(state: SessionState, plain: PlainStatement, maxRows: number, options: Omit<CallOptions, "maxRows">): Promise<QueryResult<R>> {
    state.admit(this.scope)
    if (maxRows !== Number.POSITIVE_INFINITY) return limitedQuery<R>(() => this.state(), this.scope, plain, maxRows, options)
    return state.run<R>(this.scope, plain.sql, plain.params, options)
  }

  #later<R>(plain: PlainStatement, maxRows: number, options: Omit<CallOptions, "maxRows">): Promise<QueryResult<R>> {
    return refusable(
      (begins) =>
        this.whenFree(options.signal, options.timeoutMs, () => {
          const sent = this.#send<R>(this.use(), plain, maxRows, options)
          begins()
          return sent
        }),
      (error) => this.#publish(() => plain.sql, error),
    )
  }

  /**
   * Calls `work` when no short transaction, and no rollback of an abandoned one, is in progress: statements sent in the meantime would be
   * rolled back with it. Called in the very turn in which that is so, because of several waiting calls each must see what the previous one
   * started.
   */
  protected async whenFree<T>(signal: AbortSignal | undefined, timeoutMs: number | undefined, work: () => T | Promise<T>): Promise<T> {
    const limit = limitOf(this.use(), { signal, timeoutMs })
    try {
      for (let busy = this.use().busy; busy !== undefined; busy = this.use().busy) await limit.race(busy)
    } finally {
      limit.end()
    }
    return work()
  }

  /**
   * transaction() of every handle: `run` opens a transaction or savepoint, in whose scope `work` gets the handle that `handleOf` makes.
   * Whatever is no function is refused before anything is sent.
   */
  protected working<H, T>(
    work: (handle: H) => T | Promise<T>,
    handleOf: (scope: Scope) => H,
    run: (work: (scope: Scope) => T | Promise<T>) => Promise<T>,
  ): Promise<T> {
    return this.entering(
      () => "",
      async (begins) => {
        this.checked(() => checkWork("transaction", work))
        return run((scope) => {
          begins()
          return work(handleOf(scope))
        })
      },
    )
  }

  /** The entry point of every call except query(): see {@link refusable}. @param sql published for a late call */
  protected entering<T>(sql: () => string, call: (begins: () => void) => Promise<T>): Promise<T> {
    const result = refusable(call, (error) => this.#publish(sql, error))
    this.scope?.track(result)
    return result
  }

  /** Each next() is a call like any other, and may be late or unawaited. */
  #reading<T>(sql: () => string, output: AsyncGenerator<T, undefined>): AsyncIterableIterator<T> & AsyncDisposable {
    const { scope } = this
    let begun = false
    const next = () => {
      if (!begun) {
        begun = true
        return this.entering(sql, () => output.next())
      }
      const step = refusable(
        () => output.next(),
        (error) => this.#publish(sql, error),
      )
      // What it sends is tracked on its own; tracking each row would cost more than the row.
      if (scope !== undefined) step.catch(() => {})
      return step
    }
    return { ...asIterator(output), next }
  }

  #refuse(statement: StatementInput, cause: unknown): Promise<never> {
    const refused = Promise.reject(withLabel(this.label, cause))
    if (isRefusal(cause)) {
      refused.catch(() => {})
      this.#publish(() => sqlOf(statement), cause)
    } else this.scope?.track(refused)
    return refused
  }

  #publish(sql: () => string, error: unknown): void {
    publish("pgsd:session:late-call", () => ({ label: this.label, sql: sql(), error }))
  }
}

/** For diagnostics, whatever the argument was. */
function sqlOf(statement: unknown): string {
  if (typeof statement === "string") return statement
  const { text, sql } = (statement ?? {}) as { readonly text?: unknown; readonly sql?: unknown }
  return String(text ?? sql ?? "")
}

/** Combinations with maxRows. */
function refuseUnlimited({ results, prepare }: CallOptions): void {
  const refuse = (fact: string, hint: string) => {
    throw new PgsdError("PGSD_INVALID_OPTION", `${fact} (${hint})`, { hint })
  }
  if (results === "all")
    refuse('maxRows limits a single statement, and results: "all" is for several', "use batch(statements, { maxRows })")
  // A flag only asks for speed; a name must exist on the server.
  if (typeof prepare === "string")
    refuse("with maxRows no prepared statement is used, and prepare gives one a name", "leave out one of them, or use LIMIT")
}
