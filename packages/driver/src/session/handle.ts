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
import { barrierOf, limitOf } from "./limits.ts"
import type { Scope } from "./scope.ts"
import type { SessionState } from "./session-state.ts"
import { rowsOf } from "./stream.ts"

/**
 * Anything that sends statements: a session, a transaction, a savepoint. Private methods are static here, and in subclasses with an instance
 * for each call: instance methods would mark every instance of each class, which took a fifth of the pool's acquire and release.
 */
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
      const call = Handle.#query<R>(this, state, readStatement(statement, params), options)
      this.scope?.track(call)
      return call
    } catch (error) {
      return Handle.#refuse(this, statement, error)
    }
  }

  one<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<R> {
    return Handle.#rowOf(this, this.query<R>(statement, params, options), onlyRow<R>)
  }

  maybeOne<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<R | undefined> {
    return Handle.#rowOf(this, this.query<R>(statement, params, options), rowOrNone<R>)
  }

  static #rowOf<R, T>(handle: Handle, result: Promise<QueryResult<R>>, pick: (rows: readonly R[], label: string) => T): Promise<T> {
    // Published like that of query().
    const row = refusable(
      () => result.then(({ rows }) => pick(rows, handle.label)),
      () => {},
    )
    handle.scope?.track(row)
    return row
  }

  batch<R = Row>(statements: readonly StatementInput[], options: BatchOptions = {}): Promise<QueryResult<R>[]> {
    const sql = () => Array.from(statements, sqlOf).join(";\n")
    return this.entering(sql, (begins) => Handle.#batch<R>(this, statements, options, begins))
  }

  static async #batch<R>(
    handle: Handle,
    statements: readonly StatementInput[],
    options: BatchOptions,
    begins: () => void,
  ): Promise<QueryResult<R>[]> {
    handle.checked(() => checkOptions("option of batch", options, BATCH_OPTIONS))
    try {
      const plain = readBatch(statements)
      return await handle.whenAlone(options, () => {
        begins()
        return runBatch<R>(() => handle.state(), handle.scope, plain, options)
      })
    } catch (error) {
      throw withLabel(handle.label, error, options.signal)
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
    return Handle.#reading(this, () => plain.sql, Handle.#rows<R>(this, plain, options))
  }

  static async *#rows<R>(handle: Handle, plain: PlainStatement, options: StreamOptions): AsyncGenerator<R, undefined> {
    const { timeoutMs = Number.POSITIVE_INFINITY, signal } = options
    const begin = () => rowsOf<R>(() => handle.use(), handle.scope, plain, withFormOf(options, plain))
    try {
      yield* handle.use().busy === undefined ? begin() : await handle.whenFree(signal, timeoutMs, begin)
    } catch (error) {
      throw withLabel(handle.label, error, signal)
    }
    return undefined
  }

  notify(channel: string, payload = "", options?: NotifyOptions): Promise<void> {
    // Published like that of query().
    const sent = refusable(
      () => Handle.#notify(this, channel, payload, options),
      () => {},
    )
    this.scope?.track(sent)
    return sent
  }

  static async #notify(handle: Handle, channel: string, payload: string, options: NotifyOptions | undefined): Promise<void> {
    handle.checked(() => {
      if (options !== undefined) checkOptions("option of notify", options, NOTIFY_OPTIONS)
      checkNotification(channel, payload)
    })
    await handle.query(NOTIFY, [channel, payload], options)
  }

  copyFrom(statement: StatementInput, source: CopySource, options: CopyFromOptions = {}): Promise<CopyResult> {
    return this.entering(
      () => sqlOf(statement),
      (begins) => owningSource(source, () => Handle.#copyFrom(this, statement, source, options, begins)),
    )
  }

  static async #copyFrom(
    handle: Handle,
    statement: StatementInput,
    source: CopySource,
    options: CopyFromOptions,
    begins: () => void,
  ): Promise<CopyResult> {
    handle.checked(() => checkOptions("option of copyFrom", options, COPY_FROM_OPTIONS))
    try {
      const sql = copyText(statement, "in")
      return await handle.whenAlone(options, async () => {
        begins()
        const { copyFrom } = await import("./copy.ts")
        return copyFrom(() => handle.state(), handle.scope, sql, source, options)
      })
    } catch (error) {
      throw withLabel(handle.label, error, options.signal)
    }
  }

  copyTo(statement: StatementInput, options: CopyToOptions = {}): CopyOutput {
    this.checked(() => checkOptions("option of copyTo", options, COPY_TO_OPTIONS))
    return Handle.#reading(this, () => sqlOf(statement), Handle.#copyTo(this, statement, options))
  }

  static async *#copyTo(handle: Handle, statement: StatementInput, options: CopyToOptions): AsyncGenerator<Uint8Array, undefined> {
    try {
      const sql = copyText(statement, "out")
      const leave = await Handle.#alone(handle, options)
      try {
        const { copyTo } = await import("./copy.ts")
        handle.use().admit(handle.scope)
        yield* copyTo(() => handle.state(), handle.scope, sql, options, leave)
      } catch (error) {
        leave()
        throw error
      }
    } catch (error) {
      throw withLabel(handle.label, error, options.signal)
    }
    return undefined
  }

  /** Calls `work` when the session is free; other calls on it wait. */
  protected async whenAlone<T>(limits: CopyToOptions, work: (state: SessionState) => Promise<T>): Promise<T> {
    const leave = await Handle.#alone(this, limits)
    try {
      return await work(this.state())
    } finally {
      leave()
    }
  }

  /** Resolves when the session is free; calls on it then wait until the returned function has been called. */
  static async #alone(handle: Handle, { signal, timeoutMs }: CopyToOptions): Promise<() => void> {
    signal?.throwIfAborted()
    const occupy = () => {
      const state = handle.use()
      state.admit(handle.scope)
      return state.hold()
    }
    const leave = handle.use().busy === undefined ? occupy() : await handle.whenFree(signal, timeoutMs, occupy)
    const { scope } = handle
    try {
      const barrier = scope && barrierOf(handle.state(), scope, { signal, timeoutMs })
      if (barrier !== undefined) await barrier
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

  static #query<R>(handle: Handle, state: SessionState, plain: PlainStatement, given: CallOptions | undefined): Promise<QueryResult<R>> {
    if (given !== undefined) checkOptions("option of query", given, CALL_OPTIONS)
    const { maxRows = Number.POSITIVE_INFINITY, ...options } = withFormOf<CallOptions>(given ?? {}, plain)
    if (maxRows !== Number.POSITIVE_INFINITY) refuseUnlimited(options)
    if (options.signal?.aborted) return Promise.reject(options.signal.reason)
    if (state.busy !== undefined) return Handle.#later<R>(handle, plain, maxRows, options)
    return Handle.#send<R>(handle, state, plain, maxRows, options)
  }

  static #send<R>(
    handle: Handle,
    state: SessionState,
    plain: PlainStatement,
    maxRows: number,
    options: Omit<CallOptions, "maxRows">,
  ): Promise<QueryResult<R>> {
    state.admit(handle.scope)
    if (maxRows !== Number.POSITIVE_INFINITY) return limitedQuery<R>(() => handle.state(), handle.scope, plain, maxRows, options)
    return state.run<R>(handle.scope, plain.sql, plain.params, options)
  }

  static #later<R>(handle: Handle, plain: PlainStatement, maxRows: number, options: Omit<CallOptions, "maxRows">): Promise<QueryResult<R>> {
    return refusable(
      (begins) =>
        handle.whenFree(options.signal, options.timeoutMs, () => {
          const sent = Handle.#send<R>(handle, handle.use(), plain, maxRows, options)
          begins()
          return sent
        }),
      (error) => Handle.#publish(handle, () => plain.sql, error),
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
    const result = refusable(call, (error) => Handle.#publish(this, sql, error))
    this.scope?.track(result)
    return result
  }

  /** Each next() is a call like any other, and may be late or unawaited. */
  static #reading<T>(handle: Handle, sql: () => string, output: AsyncGenerator<T, undefined>): AsyncIterableIterator<T> & AsyncDisposable {
    const { scope } = handle
    let begun = false
    const next = () => {
      if (!begun) {
        begun = true
        return handle.entering(sql, () => output.next())
      }
      const step = refusable(
        () => output.next(),
        (error) => Handle.#publish(handle, sql, error),
      )
      // What it sends is tracked on its own; tracking each row would cost more than the row.
      if (scope !== undefined) step.catch(() => {})
      return step
    }
    return { ...asIterator(output), next }
  }

  static #refuse(handle: Handle, statement: StatementInput, cause: unknown): Promise<never> {
    const refused = Promise.reject(withLabel(handle.label, cause))
    if (isRefusal(cause)) {
      refused.catch(() => {})
      Handle.#publish(handle, () => sqlOf(statement), cause)
    } else handle.scope?.track(refused)
    return refused
  }

  static #publish(handle: Handle, sql: () => string, error: unknown): void {
    publish("pgsd:session:late-call", () => ({ label: handle.label, sql: sql(), error }))
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
