import {
  asIterator,
  type CopyOutput,
  type CopyResult,
  checkOptions,
  type Notification,
  onAbort,
  type QueryResult,
  type Row,
} from "@pgsd/driver"
import {
  type CopySource,
  checkNotification,
  checkWork,
  labelled,
  NOTIFY,
  onlyRow,
  owningSource,
  QueryTimeoutError,
  readStatement,
  rowOrNone,
  type StatementInput,
  type Transaction,
  WorkLimit,
} from "@pgsd/driver/calls"
import {
  ACQUIRE_TABLE,
  BATCH_TABLE,
  CLOSE_TABLE,
  COPY_FROM_TABLE,
  COPY_TO_TABLE,
  HEALTH_TABLE,
  LISTEN_TABLE,
  NOTIFY_TABLE,
  QUERY_TABLE,
  STREAM_TABLE,
  TRANSACTION_TABLE,
  USE_TABLE,
} from "./call-options.ts"
import type {
  AcquireOptions,
  CloseOptions,
  ConnectionPool,
  HealthCheckOptions,
  Lease,
  Listening,
  ListenOptions,
  PoolBatchOptions,
  PoolCopyFromOptions,
  PoolCopyToOptions,
  PoolHealth,
  PoolNotifyOptions,
  PoolQueryOptions,
  PoolSize,
  PoolState,
  PoolStats,
  PoolStreamOptions,
  PoolTransactionOptions,
  UseOptions,
} from "./connection-pool.ts"
import { ConnectionPort } from "./connection-port.ts"
import { PoolCore } from "./core/pool-core.ts"
import type { Sharing } from "./core/sharing.ts"
import type { Slot } from "./core/slot.ts"
import { type Caller, DeadlockWatch } from "./deadlock.ts"
import {
  channels,
  eventOf,
  type PoolAcquireFailedEvent,
  type PoolCloseEvent,
  type PoolEvictEvent,
  type PoolOpenEvent,
} from "./diagnostics.ts"
import { ErrorFactory } from "./error-factory.ts"
import { checkHealth } from "./health.ts"
import { LeakWatch } from "./leak-watch.ts"
import type { PoolLease } from "./lease.ts"
import { Lending } from "./lending.ts"
import type { ListenHub } from "./listening/listen-hub.ts"
import { loaded } from "./loaded.ts"
import { type Resolved, resolveSize } from "./options.ts"
import type { PooledConnection } from "./pooled-connection.ts"
import { ReadOnlyRefusals } from "./read-only-refusals.ts"
import { Readiness } from "./readiness.ts"
import { mayShareConnection, mayShareUnasked } from "./shared-statements.ts"
import { ShortStatements } from "./short-statements.ts"
import type { Source } from "./source.ts"
import { statsOf } from "./stats.ts"

/** Of healthCheck(), for a pool whose callers may wait for ever. */
const LONGEST_PROBE_MS = 60_000
const NO_OPTIONS: PoolQueryOptions = {}
/** The pool's method that was called: stacks start after it. */
type Entry = (...args: never[]) => unknown

/** The core, with what PostgreSQL adds: leases, transactions, error messages. */
export class Pool implements ConnectionPool {
  readonly #settings: Resolved
  readonly #source: Source
  readonly #core: PoolCore<PooledConnection, PoolLease>
  readonly #lending: Lending
  readonly #errors: ErrorFactory
  readonly #leaks: LeakWatch
  readonly #deadlocks: DeadlockWatch
  readonly #readiness: Readiness
  readonly #readOnlyRefusals = new ReadOnlyRefusals()
  readonly #sharing: Sharing<PooledConnection, PoolLease> | undefined
  /** For `pipelineDepth: "auto"`. */
  readonly #shortStatements: ShortStatements | undefined
  /** Loaded with the first listen(). */
  #hub: Promise<ListenHub> | undefined
  #loadedHub: ListenHub | undefined
  #closing: Promise<void> | undefined

  constructor(settings: Resolved, source: Source) {
    this.#settings = settings
    this.#source = source
    const { clock } = settings
    this.#errors = new ErrorFactory(
      settings,
      () => this.#core,
      () => this.stats(),
    )
    this.#leaks = new LeakWatch(this, clock, settings.leakThresholdMs)
    this.#lending = new Lending(
      this,
      settings,
      () => this.#core,
      this.#leaks,
      (slot) => this.#readOnly(slot),
    )
    const port = new ConnectionPort(settings, source, this.#errors, this.#lending, {
      total: () => this.#core.total,
      waiting: () => this.#core.waiting,
      changed: () => this.#readiness.changed(),
      pool: this,
      listening: false,
      // If all connections share one session, LISTEN is on it as well.
      prepare: settings.single ? ({ connection }) => this.#loadedHub?.prepare(connection) : undefined,
    })
    this.#core = new PoolCore(port, settings)
    this.#deadlocks = new DeadlockWatch(this.#core, settings)
    this.#readiness = new Readiness(this.#core)
    if (settings.sharesByHistory) this.#shortStatements = new ShortStatements()
    if (settings.pipelineDepth > 1)
      this.#sharing = this.#core.sharing(settings.pipelineDepth, {
        take: () => this.#takeFor(this.query),
        wait: (timeoutMs) => this.#wait(timeoutMs, undefined, this.query, true),
        mayShare: (context) => (context as Caller | undefined)?.shares === true,
        isOpen: (lease) => lease.status !== "closed",
        release: (lease) => lease.release(),
      })
    if (channels.open.hasSubscribers) channels.open.publish(eventOf<PoolOpenEvent>(this, {}))
    this.#core.pump()
  }

  get label(): string {
    return this.#settings.label
  }

  get state(): PoolState {
    return this.#core.state
  }

  async ready(options: AcquireOptions = {}): Promise<void> {
    const { clock } = this.#settings
    const { signal, acquireTimeoutMs = this.#settings.acquireTimeoutMs } = options
    const since = clock.now()
    const lease = await this.acquire(options)
    lease.release()
    await this.#readiness.filled(signal, acquireTimeoutMs - (clock.now() - since), () => this.#errors.notReady())
  }

  acquire(options?: AcquireOptions): Promise<Lease> {
    if (options !== undefined) return this.#acquireWith(options)
    const slot = this.#core.take()
    if (slot === undefined) return this.#wait(this.#settings.acquireTimeoutMs, undefined, this.acquire)
    return Promise.resolve(this.#lending.lend(slot, 0, this.#leaks.stack(this.acquire)))
  }

  // Not async: the caller that has waited longest must be resolved first, whichever method it called.
  #acquireWith(options: AcquireOptions): Promise<PoolLease> {
    try {
      this.#check("option of acquire", options, ACQUIRE_TABLE)
      return Promise.resolve(this.#borrow(options, this.acquire))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** The options are validated. */
  #borrow({ signal, acquireTimeoutMs }: AcquireOptions, entry: Entry): PoolLease | Promise<PoolLease> {
    return this.#takeFor(entry, signal) ?? this.#wait(acquireTimeoutMs ?? this.#settings.acquireTimeoutMs, signal, entry)
  }

  #check<O extends object>(what: string, options: O, table: Parameters<typeof checkOptions<O>>[2]): void {
    try {
      checkOptions(what, options, table)
    } catch (error) {
      throw labelled(this.label, error)
    }
  }

  #checkWork(call: "transaction" | "use", work: unknown): void {
    try {
      checkWork(call, work)
    } catch (error) {
      throw labelled(this.label, error)
    }
  }

  #wait(timeoutMs: number, signal: AbortSignal | undefined, entry: Entry, shares = false): Promise<PoolLease> {
    const scope = DeadlockWatch.scope()
    const stack = this.#leaks.stack(entry)
    const caller: Caller | undefined = scope === undefined && stack === undefined && !shares ? undefined : { scope, stack, shares }
    const waiting = this.#core.wait(timeoutMs, signal, caller)
    if (channels.acquireFailed.hasSubscribers) this.#tellFailure(waiting)
    return scope === undefined ? waiting : this.#deadlocks.during(scope, waiting)
  }

  #tellFailure(waiting: Promise<unknown>): void {
    const { clock } = this.#settings
    const since = clock.now()
    // In the caller's context rather than where it is rejected, which is a timer's.
    waiting.catch((error: unknown) =>
      channels.acquireFailed.publish(eventOf<PoolAcquireFailedEvent>(this, { error, waitMs: clock.now() - since })),
    )
  }

  tryAcquire(): Lease | undefined {
    return this.#takeFor(this.tryAcquire)
  }

  #takeFor(entry: Entry, signal?: AbortSignal): PoolLease | undefined {
    const slot = signal?.aborted ? undefined : this.#core.take()
    return slot && this.#lending.lend(slot, 0, this.#leaks.stack(entry))
  }

  async use<T>(work: (lease: Lease) => T | Promise<T>, options: UseOptions = {}): Promise<T> {
    this.#checkWork("use", work)
    this.#check("option of use", options, USE_TABLE)
    const { signal, timeoutMs = Number.POSITIVE_INFINITY } = options
    const lease = await this.#borrow(options, this.use)
    const { clock, label } = this.#settings
    const limit = new WorkLimit(signal, timeoutMs, clock, () => new QueryTimeoutError(timeoutMs, label, "work"))
    try {
      lease.use().workSignal = limit.signal
      return await limit.race(this.#deadlocks.run(lease, () => work(lease)))
    } finally {
      limit.end()
      lease.release()
    }
  }

  async transaction<T>(work: (transaction: Transaction) => T | Promise<T>, options: PoolTransactionOptions = {}): Promise<T> {
    this.#checkWork("transaction", work)
    this.#check("option of transaction", options, TRANSACTION_TABLE)
    const run = (lease: PoolLease) => this.#deadlocks.run(lease, () => lease.transaction(work, ownOf(options)))
    return this.#withLease(this.transaction, options, run)
  }

  /** Releases a lease when `work` has settled. The options are validated. */
  async #withLease<T>(entry: Entry, options: AcquireOptions, work: (lease: PoolLease) => Promise<T>): Promise<T> {
    const lease = await this.#borrow(options, entry)
    try {
      return await work(lease)
    } finally {
      lease.release()
    }
  }

  /** Releases a lease when the output of `read` has been read or left. The options are validated. */
  async *#readFromLease<T>(
    entry: Entry,
    options: AcquireOptions,
    read: (lease: PoolLease) => AsyncIterable<T>,
  ): AsyncGenerator<T, undefined> {
    const lease = await this.#borrow(options, entry)
    const { signal } = options
    // Its consumer may be at work, and not come back. After what listens to the same signal: the session leaves what it was reading.
    const unlisten = signal === undefined ? undefined : onAbort(signal, () => queueMicrotask(() => lease.release()))
    try {
      yield* read(lease)
    } finally {
      unlisten?.()
      lease.release()
    }
    return undefined
  }

  // Not async: promises are the largest part of a small query's cost in the caller.
  query<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: PoolQueryOptions): Promise<QueryResult<R>> {
    let own: Omit<PoolQueryOptions, "acquireTimeoutMs"> | undefined
    let waitMs = this.#settings.acquireTimeoutMs
    let sql: string | undefined
    try {
      if (options !== undefined) {
        this.#check("option of query", options, QUERY_TABLE)
        const { acquireTimeoutMs = waitMs, ...rest } = options
        waitMs = acquireTimeoutMs
        own = rest
      }
      if (this.#sharing !== undefined) sql = this.#shareable(statement, own)
    } catch (error) {
      return Promise.reject(labelled(this.label, error))
    }
    const send = (lease: PoolLease) => lease.query<R>(statement, params, own)
    const history = sql === undefined ? undefined : this.#shortStatements
    const took = history && ((durationMs: number) => history.ran(sql!, durationMs))
    if (sql !== undefined && (history === undefined || history.isShort(sql))) return this.#sharing!.run(send, waitMs, took)
    const lease = this.#takeFor(this.query, own?.signal)
    if (lease !== undefined) return this.#queryOn(lease, send, took)
    return this.#wait(waitMs, own?.signal, this.query).then((waited) => this.#queryOn(waited, send, took))
  }

  /** One query with its own lease, which is released before the caller continues. */
  #queryOn<R>(
    lease: PoolLease,
    send: (lease: PoolLease) => Promise<QueryResult<R>>,
    took: ((durationMs: number) => void) | undefined,
  ): Promise<QueryResult<R>> {
    const { clock } = this.#settings
    const since = took === undefined ? 0 : clock.now()
    const result = send(lease)
    result.then(
      () => {
        took?.(clock.now() - since)
        lease.release()
      },
      () => lease.release(),
    )
    return result
  }

  /** The text of a statement that may share a connection; undefined for any other. */
  #shareable(statement: StatementInput, own: Omit<PoolQueryOptions, "acquireTimeoutMs"> | undefined): string | undefined {
    const { signal, timeoutMs, maxRows, prepare, results } = own ?? NO_OPTIONS
    const bounded = signal !== undefined || (timeoutMs ?? this.#settings.queryTimeoutMs) !== Number.POSITIVE_INFINITY
    // The last three have exclusive use of their connection while they run.
    if (bounded || maxRows !== undefined || results !== undefined || typeof prepare === "string") return undefined
    const sql = textOf(statement) as string
    // A statement known to be short was examined before.
    if (this.#shortStatements?.isShort(sql)) return sql
    return (this.#settings.sharesByHistory ? mayShareUnasked : mayShareConnection)(sql) ? sql : undefined
  }

  async one<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: PoolQueryOptions): Promise<R> {
    return onlyRow((await this.query<R>(statement, params, options)).rows, this.label)
  }

  async maybeOne<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: PoolQueryOptions): Promise<R | undefined> {
    return rowOrNone((await this.query<R>(statement, params, options)).rows, this.label)
  }

  async batch<R = Row>(statements: readonly StatementInput[], options: PoolBatchOptions = {}): Promise<QueryResult<R>[]> {
    this.#check("option of batch", options, BATCH_TABLE)
    return this.#withLease(this.batch, options, (lease) => lease.batch<R>(statements, ownOf(options)))
  }

  stream<R = Row>(
    statement: StatementInput,
    params?: readonly unknown[],
    options: PoolStreamOptions = {},
  ): AsyncIterableIterator<R> & AsyncDisposable {
    this.#check("option of stream", options, STREAM_TABLE)
    return asIterator(this.#readFromLease(this.stream, options, (lease) => lease.stream<R>(statement, params, ownOf(options))))
  }

  copyFrom(statement: StatementInput, source: CopySource, options: PoolCopyFromOptions = {}): Promise<CopyResult> {
    return owningSource(source, () => this.#copyFrom(statement, source, options))
  }

  async #copyFrom(statement: StatementInput, source: CopySource, options: PoolCopyFromOptions): Promise<CopyResult> {
    this.#check("option of copyFrom", options, COPY_FROM_TABLE)
    const run = (lease: PoolLease) => this.#deadlocks.run(lease, () => lease.copyFrom(statement, source, ownOf(options)))
    return this.#withLease(this.copyFrom, options, run)
  }

  copyTo(statement: StatementInput, options: PoolCopyToOptions = {}): CopyOutput {
    this.#check("option of copyTo", options, COPY_TO_TABLE)
    return asIterator(this.#readFromLease(this.copyTo, options, (lease) => lease.copyTo(statement, ownOf(options))))
  }

  async notify(channel: string, payload = "", options: PoolNotifyOptions = {}): Promise<void> {
    try {
      checkOptions("option of notify", options, NOTIFY_TABLE)
      checkNotification(channel, payload)
    } catch (error) {
      throw labelled(this.label, error)
    }
    await this.query(NOTIFY, [channel, payload], options)
  }

  async listen(
    channels: string | readonly string[],
    handler: (notification: Notification) => void | Promise<void>,
    options: ListenOptions = {},
  ): Promise<Listening> {
    this.#check("option of listen", options, LISTEN_TABLE)
    if (this.#closing !== undefined) throw this.#errors.closed()
    this.#hub ??= this.#loadHub()
    return (await this.#hub).listen(channels, handler, options)
  }

  async #loadHub(): Promise<ListenHub> {
    const { startHub } = await loaded(this.#settings.clock, import("./listening/start-hub.ts"))
    const shared = {
      pool: this,
      acquire: (signal: AbortSignal) => this.#wait(Number.POSITIVE_INFINITY, signal, this.listen),
      core: this.#core,
    }
    this.#loadedHub = startHub(this.#settings, this.#source, this.#errors, shared)
    return this.#loadedHub
  }

  async healthCheck(options: HealthCheckOptions = {}): Promise<PoolHealth> {
    this.#check("option of healthCheck", options, HEALTH_TABLE)
    const { acquireTimeoutMs, connectTimeoutMs, clock } = this.#settings
    return checkHealth(this, this.#core, clock, Math.min(LONGEST_PROBE_MS, connectTimeoutMs, acquireTimeoutMs), options)
  }

  async cleanupStaleConnections(): Promise<number> {
    const swept = this.#core.sweep()
    const answers = await Promise.all(this.#core.checkIdle(this.#settings.validateAfterMs))
    await Promise.all(swept)
    return swept.length + answers.filter((alive) => !alive).length
  }

  evict(): void {
    this.#evict("requested")
  }

  suspend(): void {
    this.#core.suspend()
  }

  resume(): void {
    this.#core.resume()
  }

  resize(size: PoolSize): void {
    try {
      const { max, min } = resolveSize(size, this.#core, this.#settings.single)
      this.#core.resize(max, min)
    } catch (error) {
      throw labelled(this.label, error)
    }
  }

  async closeIdle(): Promise<number> {
    const closing = this.#core.park()
    await Promise.all(closing)
    return closing.length
  }

  close(options: CloseOptions = {}): Promise<void> {
    if (this.#closing !== undefined) return this.#closing
    try {
      this.#check("option of close", options, CLOSE_TABLE)
      this.#closing = this.#close(options.timeoutMs ?? this.#settings.closeTimeoutMs)
      return this.#closing
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  stats(): PoolStats {
    return statsOf(this.#core, this.#loadedHub?.open)
  }

  async #close(timeoutMs: number): Promise<void> {
    const listeners = this.#hub?.then((hub) => hub.close(timeoutMs)).catch(() => {})
    await Promise.all([listeners, this.#core.close(timeoutMs)])
    this.#deadlocks.stop()
    this.#leaks.stop()
    this.#readiness.changed()
    if (channels.close.hasSubscribers) channels.close.publish(eventOf<PoolCloseEvent>(this, {}))
  }

  #readOnly({ generation, resource }: Slot<PooledConnection>): void {
    if (generation !== this.#core.generation) return
    if (this.#readOnlyRefusals.reconnectAfter(resource!.connection, this.#settings.clock.now())) this.#evict("read-only")
  }

  #evict(reason: PoolEvictEvent["reason"]): void {
    const { total } = this.#core
    if (channels.evict.hasSubscribers) channels.evict.publish(eventOf<PoolEvictEvent>(this, { reason, total }))
    this.#sharing?.drain()
    this.#core.evict()
    this.#loadedHub?.renew()
  }
}

function textOf(statement: StatementInput): unknown {
  return typeof statement === "string" ? statement : readStatement(statement, undefined).sql
}

/** The options for the session itself. */
function ownOf<O extends { readonly acquireTimeoutMs?: number | undefined }>({
  acquireTimeoutMs: _,
  ...own
}: O): Omit<O, "acquireTimeoutMs"> {
  return own
}
