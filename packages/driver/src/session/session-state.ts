import { asIterator } from "../async-iterator.ts"
import { isFatal } from "../classify.ts"
import { type Clock, systemClock, type TimerHandle, timerDelay } from "../clock.ts"
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
import type { PgsdError } from "../errors.ts"
import { onAbort } from "../on-abort.ts"
import { bareText, mayControlTransaction } from "../statement-text.ts"
import { labelled, QueryTimeoutError, transactionEnded, transactionInUse } from "./errors.ts"
import { type Call, Scope } from "./scope.ts"

/** How the calls of a session behave; times in ms. */
export interface SessionSettings {
  /** What errors and diagnostics call the database. */
  readonly label: string
  /** Of statements that have none of their own. */
  readonly queryTimeoutMs: number
  readonly commitTimeoutMs: number
  /** For ROLLBACK and whatever else undoes. */
  readonly rollbackTimeoutMs: number
  /** How long a stopped statement may take to end; then the connection is given up. */
  readonly cancelTimeoutMs: number
  readonly clock: Clock
  /** From 0 (included) to 1 (excluded): the pauses between attempts of a transaction. */
  readonly random: () => number
}

export const SESSION_DEFAULTS: Omit<SessionSettings, "label"> = {
  queryTimeoutMs: Number.POSITIVE_INFINITY,
  commitTimeoutMs: 60_000,
  rollbackTimeoutMs: 5_000,
  cancelTimeoutMs: 2_000,
  clock: systemClock,
  random: Math.random,
}

/** A statement that is being sent, for an owner that observes. */
export interface ObservedStatement {
  readonly sql: string
  readonly startedAt: number
  /** What the owner gave for the transaction around it. */
  readonly transaction: unknown
  /** The owner's. */
  trace?: unknown
}

export interface StatementOutcome {
  readonly rowCount?: number
  readonly error?: unknown
}

/** The owner of the connection, as far as its session needs it. */
export interface SessionOwner {
  /** Statements are timed and told to {@link sending} and {@link told}, transactions to {@link began} and {@link ended}. */
  readonly observes: boolean
  /** Runs `send`. */
  sending<T>(statement: ObservedStatement, send: () => T): T
  told(statement: ObservedStatement, outcome: StatementOutcome): void
  /** @returns what {@link ended} is given */
  began(readOnly: boolean): unknown
  ended(transaction: unknown, error: unknown): void
  /** A statement failed. */
  failed(error: unknown): void
  /** The connection does not answer, or its state is unknown: it must not be used again. */
  giveUp(): void
}

/** What a call may be given to end it. */
export interface Limits {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

/**
 * The state of one physical connection, however many objects look at it: which transaction is open, what is under way, and how the
 * calls on it are bounded. The only place that sends statements on it.
 */
export class SessionState {
  readonly connection: Connection
  readonly settings: SessionSettings
  /** Statements under way. */
  pending = 0
  /** A statement's error ended the session, or its owner gave up on it. */
  broken = false
  /** Stops every statement of the present holder: the signal and timeout of the pool's use(). */
  workSignal: AbortSignal | undefined = undefined
  readonly #owner: SessionOwner
  /** The innermost transaction or savepoint that is open. */
  #innermost: Scope | undefined = undefined
  /** A short transaction of ours, or the rollback of one whose caller has been told already: calls wait for it. */
  #busy: Promise<void> | undefined = undefined
  #quiet: (() => void)[] = []
  #names = 0

  constructor(connection: Connection, settings: SessionSettings, owner: SessionOwner) {
    this.connection = connection
    this.settings = settings
    this.#owner = owner
  }

  get label(): string {
    return this.settings.label
  }

  /** A name for a portal or savepoint that nothing else on this connection has. */
  name(kind: "portal" | "savepoint"): string {
    return `pgsd_${kind}_${++this.#names}`
  }

  /** What calls have to wait for; undefined nearly always. */
  get busy(): Promise<void> | undefined {
    return this.#busy
  }

  /** May a call on the handle of `scope` (undefined: on the session itself) be sent now? @throws PgsdError why not */
  admit(scope: Scope | undefined): void {
    if (scope === this.#innermost && !scope?.isEnded && !scope?.isDoomed) {
      // A statement of ours that ends it is seen when it is answered: it was the driver's own client.
      if (scope?.begun && this.pending === 0 && this.connection.status === "idle") throw this.#endedByHand(scope, "a statement on native")
      return
    }
    if (scope?.ended !== undefined) throw scope.ended
    if (scope?.isDoomed) throw transactionEnded(this.label)
    const what = this.#innermost?.depth === 0 ? "a transaction" : "a savepoint"
    throw transactionInUse(this.label, `${what} is open on this ${scope === undefined ? "connection" : "transaction"}`)
  }

  /** Opens a transaction (in `outer`: a savepoint); {@link leave} must follow. @throws as {@link admit} */
  enter(outer: Scope | undefined, readOnly = false): Scope {
    this.admit(outer)
    const scope = new Scope(outer, readOnly, this.workSignal)
    this.#innermost = scope
    return scope
  }

  /** The open transaction was begun READ ONLY by us. */
  get readOnly(): boolean {
    return this.#innermost?.readOnly === true
  }

  /** The transaction of `scope` is about to be begun on the server. */
  began(scope: Scope): void {
    if (this.#owner.observes) scope.trace = this.#owner.began(scope.readOnly)
  }

  /** `scope` is over, with everything inside it. @param error what undid it */
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

  /** The session changes hands: handles of what was open are dead, and what they have under way is stopped. */
  abandon(): void {
    let outermost: Scope | undefined
    this.workSignal = undefined
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

  /** Resolves when nothing is under way, the rollback of an aborted transaction included. */
  async quiet(): Promise<void> {
    while (this.pending > 0 || this.#busy !== undefined) {
      await this.#busy
      await this.idle()
    }
  }

  /** Resolves when no statement is under way. */
  idle(): Promise<void> {
    if (this.pending === 0) return Promise.resolve()
    return new Promise((resolve) => this.#quiet.push(resolve))
  }

  giveUp(): void {
    this.broken = true
    this.#owner.giveUp()
  }

  /** A statement of a caller, after admit(). */
  run<R>(
    scope: Scope | undefined,
    sql: string,
    params: readonly unknown[] | undefined,
    options: (QueryOptions & Limits) | undefined,
  ): Promise<QueryResult<R>> {
    const timeoutMs = options?.timeoutMs ?? this.settings.queryTimeoutMs
    if (scope !== undefined) return this.#runInside<R>(scope, sql, params, options, timeoutMs)
    if (options?.signal === undefined && timeoutMs === Number.POSITIVE_INFINITY && this.workSignal === undefined)
      return this.send<R>(sql, params, options)
    return this.bounded<R>(sql, params, options, timeoutMs, this.workSignal)
  }

  /** Sends a statement; the caller sees to it that it may. Settles when the server is done with it. */
  send<R>(sql: string, params: readonly unknown[] | undefined, options: QueryOptions | undefined): Promise<QueryResult<R>> {
    const statement = this.#owner.observes ? this.#observed(sql) : undefined
    const sent =
      statement === undefined
        ? this.connection.query<R>(sql, params, options)
        : this.#owner.sending(statement, () => this.connection.query<R>(sql, params, options))
    return this.#follow(sent, options?.signal, statement)
  }

  /** As {@link send}, for several statements at once. @param sql what an owner that observes is told */
  pipeline(sql: () => string, steps: readonly PipelineStep[], signal: AbortSignal | undefined): Promise<PipelineResult[]> {
    const statement = this.#owner.observes ? this.#observed(sql()) : undefined
    const start = () => this.connection.pipeline(steps, { signal })
    const sent = statement === undefined ? start() : this.#owner.sending(statement, start)
    return this.#follow(sent, signal, statement, (results) => ({ rowCount: results.reduce((sum, { rowCount }) => sum + rowCount, 0) }))
  }

  /** Counts it as under way until it settles, and tells the owner of it. */
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
        if (statement !== undefined) this.#owner.told(statement, outcomeOf(result))
      },
      (error: unknown) => {
        labelled(this.label, error, signal)
        if (isFatal(error)) this.broken = true
        this.#ended()
        this.#owner.failed(error)
        if (statement !== undefined) this.#owner.told(statement, { error })
      },
    )
    return sent
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

  /** Under way until it has been read to its end, has failed, or its return() has settled. */
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

  /** A statement with bounds. @param also another signal that stops it */
  bounded<R>(
    sql: string,
    params: readonly unknown[] | undefined,
    options: (QueryOptions & Limits) | undefined,
    timeoutMs: number,
    also?: AbortSignal,
  ): Promise<QueryResult<R>> {
    const { signal, prepare, types, rowMode, undefinedAs, results } = options ?? {}
    const start = (cancel: AbortSignal) => this.send<R>(sql, params, { signal: cancel, prepare, types, rowMode, undefinedAs, results })
    return this.within(start, [signal, also], timeoutMs)
  }

  /**
   * What `start` sends with the signal it is given, bounded: the caller hears of an abort or a timeout at once, and a connection that
   * does not follow is given up.
   */
  within<T>(start: (cancel: AbortSignal) => Promise<T>, signals: readonly (AbortSignal | undefined)[], timeoutMs: number): Promise<T> {
    const fired = signals.find((each) => each?.aborted)
    if (fired !== undefined) return Promise.reject(fired.reason)
    const { clock, cancelTimeoutMs } = this.settings
    return new Promise((resolve, reject) => {
      const cancel = new AbortController()
      let timer: unknown
      let over = false
      const disarm = () => {
        clock.clearTimeout(timer)
        for (const unlisten of unlisteners) unlisten()
      }
      const stop = (reason: unknown) => {
        if (over) return
        disarm()
        reject(reason)
        timer = clock.setTimeout(() => this.giveUp(), timerDelay(cancelTimeoutMs))
        ;(timer as TimerHandle).unref?.()
        cancel.abort(reason)
      }
      const unlisteners = signals.map((signal) => (signal === undefined ? () => {} : onAbort(signal, () => stop(signal.reason))))
      if (timeoutMs !== Number.POSITIVE_INFINITY)
        timer = clock.setTimeout(() => stop(new QueryTimeoutError(timeoutMs, this.label)), timerDelay(timeoutMs))
      const settle = (act: () => void) => {
        over = true
        disarm()
        act()
      }
      start(cancel.signal).then(
        (result) => settle(() => resolve(result)),
        (error: unknown) => settle(() => reject(error)),
      )
    })
  }

  /** A statement of ours that opens or ends `scope`, stopped with it; `queryTimeoutMs` bounds it as it does those of the caller. */
  inside<R>(scope: Scope, sql: string): Promise<QueryResult<R>> {
    return this.#start<R>(scope, sql, undefined, undefined, this.settings.queryTimeoutMs)
  }

  /** A call in `scope` is about to be sent: work left running on `native` may be a ROLLBACK, and ends before it. */
  settleNative(scope: Scope | undefined): void {
    if (!scope?.begun || scope.barrier !== undefined || this.pending > 0 || this.connection.status !== "busy") return
    this.#raiseBarrier(scope, "", this.inside(scope, ""))
  }

  #runInside<R>(
    scope: Scope,
    sql: string,
    params: readonly unknown[] | undefined,
    options: (QueryOptions & Limits) | undefined,
    timeoutMs: number,
  ): Promise<QueryResult<R>> {
    this.settleNative(scope)
    if (scope.barrier !== undefined) return this.#behindBarrier<R>(scope, scope.barrier, sql, params, options, timeoutMs)
    const sent = this.#start<R>(scope, sql, params, options, timeoutMs)
    if (mayControlTransaction(sql)) this.#raiseBarrier(scope, sql, sent)
    return sent
  }

  #start<R>(
    scope: Scope,
    sql: string,
    params: readonly unknown[] | undefined,
    options: (QueryOptions & Limits) | undefined,
    timeoutMs: number,
  ): Promise<QueryResult<R>> {
    if (options?.signal !== undefined || timeoutMs !== Number.POSITIVE_INFINITY)
      return this.#track(scope, this.bounded<R>(sql, params, options, timeoutMs, scope.signal), false)
    return this.#track(scope, this.send<R>(sql, params, { ...options, signal: scope.signal }), true)
  }

  /** Notes a call of `scope`; the caller of an unbounded one hears of the scope's end at once. */
  #track<R>(scope: Scope, sent: Promise<R>, unbounded: boolean): Promise<R> {
    let reject: ((reason: unknown) => void) | undefined
    const told = unbounded
      ? new Promise<R>((resolve, refuse) => {
          reject = refuse
          sent.then(resolve, refuse)
        })
      : sent
    const call: Call = { done: sent, reject }
    scope.add(call)
    const remove = () => scope.remove(call)
    sent.then(remove, remove)
    // A failure that is not awaited is the transaction's: it cannot commit. It must not end the process.
    told.catch(() => {})
    return told
  }

  async #behindBarrier<R>(
    scope: Scope,
    barrier: Promise<unknown>,
    sql: string,
    params: readonly unknown[] | undefined,
    options: (QueryOptions & Limits) | undefined,
    timeoutMs: number,
  ): Promise<QueryResult<R>> {
    const waiting = barrier.then(() => {
      this.admit(scope)
      return this.#runInside<R>(scope, sql, params, options, timeoutMs)
    })
    return this.#track(scope, waiting, true)
  }

  #raiseBarrier(scope: Scope, sql: string, sent: Promise<Pick<QueryResult, "command">>): void {
    const passed = sent.then(
      ({ command }) => this.#checkStillOpen(scope, sql, command),
      () => this.#checkStillOpen(scope, sql, ""),
    )
    scope.barrier = passed
    void passed.then(() => {
      if (scope.barrier === passed) scope.barrier = undefined
    })
  }

  /** COMMIT, ROLLBACK and their like sent as statements end the transaction; the server's status says so, or the command does. */
  #checkStillOpen(scope: Scope, sql: string, command: string): void {
    const { status } = this.connection
    if (status !== "idle" && !endsTransaction(sql, command)) return
    this.#endedByHand(scope, command === "" ? "a statement" : command)
  }

  #endedByHand(scope: Scope, statement: string): PgsdError {
    const error = transactionEnded(this.label, `this transaction was ended by ${statement}, sent as a statement inside its callback`)
    for (let each: Scope | undefined = scope; each !== undefined; each = each.outer) {
      each.endedByHand ??= statement
      each.end(() => error)
    }
    return error
  }

  #ended(): void {
    this.pending--
    if (this.pending > 0) return
    for (const resolve of this.#quiet.splice(0)) resolve()
  }
}

function rowCountOf(result: unknown): StatementOutcome {
  const { rowCount } = result as { readonly rowCount?: number }
  return rowCount === undefined ? {} : { rowCount }
}

/** ROLLBACK TO SAVEPOINT has the same command as ROLLBACK; the chained forms, and a BEGIN behind, leave another transaction open. */
function endsTransaction(sql: string, command: string): boolean {
  if (command === "COMMIT" || command === "PREPARE TRANSACTION") return true
  const bare = bareText(sql)
  if (command === "ROLLBACK") return !/\bto\b/i.test(bare)
  return ENDS.test(bare) && BEGINS.test(bare)
}

// Of a text with several statements only the last one's command is known.
const ENDS = /(?:^|;)\s*(?:commit|rollback(?!\s+(?:\w+\s+)?to\b)|abort|end)\b/i
const BEGINS = /;\s*(?:begin|start\s+transaction)\b/i
