import { asIterator } from "../async-iterator.ts"
import { type TimeoutOption, transactionEnded, transactionInUse } from "../calls/errors.ts"
import { isFatal } from "../classify.ts"
import type {
  Connection,
  CopyChunks,
  CopyOutput,
  CopyResult,
  PipelineResult,
  PipelineStep,
  QueryOptions,
  QueryResult,
} from "../contract.ts"
import { PgsdError } from "../errors.ts"
import { labelled } from "../label.ts"
import { bounded } from "./bounded.ts"
import { Operation } from "./operation.ts"
import { Scope } from "./scope.ts"
import { ScopedStatements, type ScopeHost } from "./scoped-statements.ts"
import type { CallSettings, Limits, ObservedStatement, SessionOwner, StatementOutcome } from "./session-owner.ts"

/**
 * The state of one physical connection, shared by all objects that refer to it: the open transaction, statements in flight, and how calls
 * are limited. The only place that sends statements on it.
 */
export class SessionState implements ScopeHost {
  readonly connection: Connection
  readonly settings: CallSettings
  /** Statements in flight. */
  pending = 0
  /** The only statement in flight is a COPY that waits for its caller, who may be waiting for the pool. */
  awaitsCaller = false
  /** A statement's error ended the session, or its owner discarded it. */
  broken = false
  /** Cancels every statement of the current holder: the signal and timeout of the pool's use(). */
  workSignal: AbortSignal | undefined = undefined
  /** The holder has had `native`: what is in flight may include work on it. */
  nativeUsed = false
  readonly #owner: SessionOwner
  readonly #scoped = new ScopedStatements(this)
  /** The innermost open transaction or savepoint. */
  #innermost: Scope | undefined = undefined
  /** A short internal transaction, or a rollback whose caller has already been rejected: calls wait for it. */
  #busy: Promise<void> | undefined = undefined
  #idleListeners: (() => void)[] = []
  #names = 0

  constructor(connection: Connection, settings: CallSettings, owner: SessionOwner) {
    this.connection = connection
    this.settings = settings
    this.#owner = owner
  }

  get label(): string {
    return this.settings.label
  }

  /** A name for a portal or savepoint that is unique on this connection. */
  name(kind: "portal" | "savepoint"): string {
    return `pgsd_${kind}_${++this.#names}`
  }

  /** What calls must wait for; almost always undefined. */
  get busy(): Promise<void> | undefined {
    return this.#busy
  }

  /**
   * Whether a call on the handle of `scope` (undefined: on the session itself) may be sent now. @throws PgsdError with the reason if not
   *
   * @param calledInTime the call was made before its handle ended, and has waited since
   */
  admit(scope: Scope | undefined, calledInTime = false): void {
    if (scope === this.#innermost && (calledInTime || !scope?.isEnded) && !scope?.isDoomed) {
      // A statement of the toolkit that ends it is detected when it is answered, so this one was sent on the driver's own client.
      if (scope !== undefined && scope.barrier === undefined && this.isOver(scope))
        throw this.#scoped.endedByHand(scope, "a statement on native")
      return
    }
    if (scope?.ended !== undefined) throw scope.ended
    if (scope?.isDoomed) throw transactionEnded(this.label)
    const what = this.#innermost?.depth === 0 ? "a transaction" : "a savepoint"
    throw transactionInUse(this.label, `${what} is open on this ${scope === undefined ? "connection" : "transaction"}`)
  }

  /** Opens a transaction (in `outer`: a savepoint); must be followed by {@link leave}. @throws as {@link admit} */
  enter(outer: Scope | undefined, readOnly = false): Scope {
    this.admit(outer)
    const scope = new Scope(outer, readOnly, this.workSignal)
    this.#innermost = scope
    return scope
  }

  /** Whether the open transaction was started READ ONLY through transaction(). */
  get readOnly(): boolean {
    return this.#innermost?.readOnly === true
  }

  /** The transaction of `scope` is about to be started on the server. */
  began(scope: Scope): void {
    if (this.#owner.observes) scope.trace = this.#owner.began(scope.readOnly)
  }

  /** `scope` has ended, with everything inside it. @param error the error that rolled it back */
  leave(scope: Scope, error?: unknown): void {
    scope.close()
    if (scope.trace !== undefined) this.#owner.ended(scope.trace, error)
    scope.trace = undefined
    for (let each: Scope | undefined = this.#innermost; each !== undefined; each = each.outer) {
      if (each !== scope) continue
      this.#innermost = scope.outer
      return
    }
  }

  /** The session changes hands: handles of open transactions become dead, and what they have in flight is cancelled. */
  abandon(): void {
    let outermost: Scope | undefined
    this.workSignal = undefined
    this.nativeUsed = false
    if (this.#innermost === undefined) return
    const error = transactionEnded(this.label, "the connection was given back while this transaction was open")
    for (let each: Scope | undefined = this.#innermost; each !== undefined; each = each.outer) {
      each.end(() => error)
      outermost = each
    }
    this.#innermost = undefined
    outermost?.stop(error)
  }

  /** Calls wait until the returned function has been called. */
  hold(): () => void {
    let leave = () => {}
    this.occupy(
      new Promise<void>((resolve) => {
        leave = resolve
      }),
    )
    return leave
  }

  /** Calls wait for `work`, which never rejects. */
  occupy(work: Promise<void>): void {
    const before = this.#busy
    const all = before === undefined ? work : Promise.all([before, work]).then(() => {})
    this.#busy = all
    void all.then(() => {
      if (this.#busy === all) this.#busy = undefined
    })
  }

  /** Resolves when nothing is in progress, including the rollback of an aborted transaction. */
  async settled(): Promise<void> {
    while (this.pending > 0 || this.#busy !== undefined) {
      await this.#busy
      await this.idle()
    }
  }

  /** Statements sent earlier, here or on `native`, may be in flight: one of them may be a BEGIN. */
  get hasOutstanding(): boolean {
    return this.pending > 0 || this.connection.status === "busy"
  }

  /** Resolves when they have ended, so that the connection's status is theirs. */
  async awaitOutstanding(): Promise<void> {
    await this.idle()
    if (this.connection.status === "busy") await this.send("", undefined, undefined)
  }

  /** Resolves when no statement is in flight. */
  idle(): Promise<void> {
    if (this.pending === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idleListeners.push(resolve))
  }

  giveUp(): void {
    this.broken = true
    this.#owner.giveUp()
  }

  /** A caller's statement, after admit(). */
  run<R>(
    scope: Scope | undefined,
    sql: string,
    params: readonly unknown[] | undefined,
    options: (QueryOptions & Limits) | undefined,
  ): Promise<QueryResult<R>> {
    if (scope !== undefined) return this.#scoped.run<R>(scope, sql, params, options)
    const timeoutMs = options?.timeoutMs ?? this.settings.queryTimeoutMs
    if (options?.signal === undefined && timeoutMs === Number.POSITIVE_INFINITY && this.workSignal === undefined)
      return this.send<R>(sql, params, options)
    return this.bounded<R>(sql, params, options, this.workSignal)
  }

  /** Sends a statement, which the caller must have checked. Settles when the server has finished it. */
  send<R>(sql: string, params: readonly unknown[] | undefined, options: QueryOptions | undefined): Promise<QueryResult<R>> {
    const statement = this.#owner.observes ? this.#observed(sql) : undefined
    const sent =
      statement === undefined
        ? this.connection.query<R>(sql, params, options)
        : this.#owner.sending(statement, () => this.connection.query<R>(sql, params, options))
    return this.#follow(sent, options?.signal, statement)
  }

  /** Like {@link send}, for several statements at once. @param statements reported to an owner that observes */
  pipeline(
    statements: () => readonly string[],
    steps: readonly PipelineStep[],
    signal: AbortSignal | undefined,
  ): Promise<PipelineResult[]> {
    const statement = this.#owner.observes ? this.#batch(statements()) : undefined
    const start = () => this.connection.pipeline(steps, { signal })
    const sent = statement === undefined ? start() : this.#owner.sending(statement, start)
    return this.#follow(sent, signal, statement, (results) => ({ rowCount: results.reduce((sum, { rowCount }) => sum + rowCount, 0) }))
  }

  /** Statements that are observed as one. */
  operation(sql: string): Operation {
    return new Operation(this.#owner, () => this.#observed(sql))
  }

  /** Like {@link pipeline}, for a part of an operation. */
  pipelineOf(operation: Operation, steps: readonly PipelineStep[], signal: AbortSignal | undefined): Promise<PipelineResult[]> {
    return this.#follow(
      operation.sending(() => this.connection.pipeline(steps, { signal })),
      signal,
      undefined,
    )
  }

  /** Counts it as in flight until it settles, and reports it to the owner. */
  #follow<T>(
    sent: Promise<T>,
    signal: AbortSignal | undefined,
    statement: ObservedStatement | undefined,
    outcomeOf: (result: T) => StatementOutcome = rowCountOf,
  ): Promise<T> {
    this.pending++
    sent.then(
      (result) => {
        this.#ended()
        if (statement !== undefined) this.#owner.settled(statement, outcomeOf(result))
      },
      (error: unknown) => {
        this.#relabel(error, signal)
        if (isFatal(error)) this.broken = true
        this.#ended()
        this.#owner.failed(error)
        if (statement !== undefined) this.#owner.settled(statement, { error })
      },
    )
    return sent
  }

  // An error of a COPY source or a caller's parser may concern another database.
  #relabel(error: unknown, signal: AbortSignal | undefined): void {
    const { label } = this.connection.info
    if (!(error instanceof PgsdError) || error.label === undefined || error.label === label) labelled(this.label, error, signal)
  }

  #batch(statements: readonly string[]): ObservedStatement {
    return { ...this.#observed(statements.join(";\n")), batch: statements }
  }

  #observed(sql: string): ObservedStatement {
    let outermost = this.#innermost
    while (outermost?.outer !== undefined) outermost = outermost.outer
    return { sql, startedAt: this.settings.clock.now(), transaction: outermost?.trace }
  }

  /** As {@link send}. */
  copyFrom(sql: string, source: CopyChunks, signal: AbortSignal): Promise<CopyResult> {
    return this.#copies(sql, signal, () => this.connection.copyFrom(sql, source, { signal }))
  }

  #copies<T extends object>(sql: string, signal: AbortSignal, start: () => Promise<T>): Promise<T> {
    const statement = this.#owner.observes ? this.#observed(sql) : undefined
    return this.#follow(statement === undefined ? start() : this.#owner.sending(statement, start), signal, statement)
  }

  /** In flight until it has been read to its end, has failed, or its return() has settled. */
  copyTo(sql: string, signal: AbortSignal): CopyOutput {
    return asIterator(this.#copyTo(sql, signal))
  }

  async *#copyTo(sql: string, signal: AbortSignal): AsyncGenerator<Uint8Array, undefined> {
    let ended = (_outcome: object | Promise<never>) => {}
    const whole = new Promise<object>((resolve) => {
      ended = resolve
    })
    this.#copies(sql, signal, () => whole).catch(() => {})
    try {
      yield* this.connection.copyTo(sql, { signal })
    } catch (error) {
      ended(Promise.reject(error))
      throw error
    } finally {
      ended({})
    }
    return undefined
  }

  /** A statement with limits: those of its options, else the session's. @param also another signal that cancels it */
  bounded<R>(
    sql: string,
    params: readonly unknown[] | undefined,
    options: (QueryOptions & Limits) | undefined,
    also?: AbortSignal,
  ): Promise<QueryResult<R>> {
    const { signal, timeoutMs, prepare, types, rowMode, undefinedAs, results } = options ?? {}
    const start = (cancel: AbortSignal) => this.send<R>(sql, params, { signal: cancel, prepare, types, rowMode, undefinedAs, results })
    return this.within(start, [signal, also], timeoutMs)
  }

  /** {@link bounded} on this session. */
  within<T>(
    start: (cancel: AbortSignal) => Promise<T>,
    signals: readonly (AbortSignal | undefined)[],
    timeoutMs: number | undefined,
    option?: TimeoutOption,
  ): Promise<T> {
    return bounded(start, signals, timeoutMs, this, option)
  }

  /** {@link ScopedStatements.inside} */
  inside<R>(scope: Scope, sql: string): Promise<QueryResult<R>> {
    return this.#scoped.inside<R>(scope, sql)
  }

  /** {@link ScopedStatements.isOver} */
  isOver(scope: Scope): boolean {
    return this.#scoped.isOver(scope)
  }

  /** {@link ScopedStatements.settleNative} */
  settleNative(scope: Scope | undefined): void {
    this.#scoped.settleNative(scope)
  }

  #ended(): void {
    this.pending--
    if (this.pending > 0) return
    for (const resolve of this.#idleListeners.splice(0)) resolve()
  }
}

function rowCountOf(result: unknown): StatementOutcome {
  const { rowCount } = result as { readonly rowCount?: number }
  return rowCount === undefined ? {} : { rowCount }
}
