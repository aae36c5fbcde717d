import { abortSignal, milliseconds, type QueryResult, type Row, refuseUnknownOptions } from "@pgsd/driver"
import type {
  AcquireOptions,
  CloseOptions,
  ConnectionPool,
  HealthCheckOptions,
  Lease,
  LeaseQueryOptions,
  PoolHealth,
  PoolQueryOptions,
  PoolSize,
  PoolState,
  PoolStats,
  TransactionOptions,
} from "./connection-pool.ts"
import { ConnectionPort } from "./connection-port.ts"
import { closeCore } from "./core/closing.ts"
import { PoolCore } from "./core/pool-core.ts"
import type { Slot } from "./core/slot.ts"
import { Upkeep } from "./core/upkeep.ts"
import { type Caller, DeadlockWatch } from "./deadlock.ts"
import { Desk } from "./desk.ts"
import { channels, type PoolEvictEvent } from "./diagnostics.ts"
import { checkHealth } from "./health.ts"
import { LeakWatch } from "./leak-watch.ts"
import type { PoolLease } from "./lease.ts"
import { type Resolved, resolveSize } from "./options.ts"
import { Pipeline } from "./pipeline.ts"
import type { PooledConnection } from "./pooled-connection.ts"
import { QueryRunner } from "./query-runner.ts"
import { Readiness } from "./readiness.ts"
import type { Source } from "./source.ts"
import { statsOf } from "./stats.ts"
import { checkTransactionOptions, runTransaction } from "./transaction.ts"
import { Words } from "./words.ts"

const ACQUIRE_OPTIONS = ["signal", "timeoutMs"] as const satisfies readonly (keyof AcquireOptions)[]
const QUERY_OPTIONS = ["signal", "timeoutMs", "acquireTimeoutMs", "prepare", "types"] as const satisfies readonly (keyof PoolQueryOptions)[]

/** The core, and around it what PostgreSQL adds: leases, transactions, words. */
export class Pool implements ConnectionPool {
  readonly #settings: Resolved
  readonly #core: PoolCore<PooledConnection, PoolLease>
  readonly #upkeep: Upkeep<PooledConnection, PoolLease>
  readonly #desk: Desk
  readonly #words: Words
  readonly #leaks: LeakWatch
  readonly #deadlocks: DeadlockWatch
  readonly #readiness: Readiness
  readonly #pipeline: Pipeline | undefined
  #closing: Promise<void> | undefined

  constructor(settings: Resolved, source: Source) {
    this.#settings = settings
    const { label, clock } = settings
    this.#words = new Words(
      label,
      () => this.#core,
      () => this.stats(),
    )
    const port = new ConnectionPort(settings, source, this.#words, {
      total: () => this.#core.ledger.total,
      waiting: () => this.#core.callers.size,
      changed: () => this.#changed(),
      lend: (slot, waitMs, stack) => this.#desk.lend(slot, waitMs, stack),
    })
    this.#core = new PoolCore(port, settings)
    this.#leaks = new LeakWatch(label, clock, settings.leakThresholdMs)
    const runner = new QueryRunner(
      settings,
      (slot) => this.#core.endings.destroy(slot, "error"),
      (slot) => this.#readOnly(slot),
    )
    this.#desk = new Desk(label, this.#core, runner, this.#leaks)
    this.#upkeep = new Upkeep(this.#core)
    this.#deadlocks = new DeadlockWatch(this.#core, label)
    this.#readiness = new Readiness(this.#core)
    if (settings.pipelineDepth > 1)
      this.#pipeline = new Pipeline(this.#core, settings.pipelineDepth, {
        label,
        take: () => this.#takeFor(this.query),
        wait: (timeoutMs) => this.#wait(timeoutMs, undefined, this.query, true),
      })
    this.#core.pump()
  }

  get label(): string {
    return this.#settings.label
  }

  get state(): PoolState {
    return this.#core.state
  }

  async ready(options: AcquireOptions = {}): Promise<void> {
    const { clock, acquireTimeoutMs } = this.#settings
    const { signal, timeoutMs = acquireTimeoutMs } = options
    const since = clock.now()
    const lease = await this.acquire(options)
    lease.release()
    await this.#readiness.filled(signal, timeoutMs - (clock.now() - since), () => this.#words.notReady())
  }

  acquire(options?: AcquireOptions): Promise<Lease> {
    if (options !== undefined) return this.#acquireWith(options)
    const slot = this.#core.take()
    if (slot === undefined) return this.#wait(this.#settings.acquireTimeoutMs, undefined, this.acquire)
    return Promise.resolve(this.#desk.lend(slot, 0, this.#leaks.stack(this.acquire)))
  }

  async #acquireWith(options: AcquireOptions): Promise<PoolLease> {
    refuseUnknownOptions("option of acquire", options, ACQUIRE_OPTIONS)
    const timeoutMs = milliseconds("timeoutMs", options.timeoutMs ?? this.#settings.acquireTimeoutMs)
    const signal = abortSignal("signal", options.signal)
    const slot = signal?.aborted ? undefined : this.#core.take()
    if (slot === undefined) return this.#wait(timeoutMs, signal, this.acquire)
    return this.#desk.lend(slot, 0, this.#leaks.stack(this.acquire))
  }

  #wait(timeoutMs: number, signal: AbortSignal | undefined, entry: (...args: never[]) => unknown, shares = false): Promise<PoolLease> {
    const scope = DeadlockWatch.scope()
    const stack = this.#leaks.stack(entry)
    const caller: Caller | undefined = scope === undefined && stack === undefined && !shares ? undefined : { scope, stack, shares }
    const waiting = this.#core.wait(timeoutMs, signal, caller)
    return scope === undefined ? waiting : this.#deadlocks.during(scope, waiting)
  }

  tryAcquire(): Lease | undefined {
    return this.#takeFor(this.tryAcquire)
  }

  #takeFor(entry: (...args: never[]) => unknown): PoolLease | undefined {
    const slot = this.#core.take()
    return slot && this.#desk.lend(slot, 0, this.#leaks.stack(entry))
  }

  async use<T>(work: (lease: Lease) => T | Promise<T>, options?: AcquireOptions): Promise<T> {
    const lease = (await this.acquire(options)) as PoolLease
    try {
      return await this.#deadlocks.run(lease, () => work(lease))
    } finally {
      lease.release()
    }
  }

  async transaction<T>(work: (lease: Lease) => T | Promise<T>, options: TransactionOptions = {}): Promise<T> {
    checkTransactionOptions(options)
    const { signal, timeoutMs, readOnly } = options
    const lease = (await this.acquire({ signal, timeoutMs })) as PoolLease
    try {
      if (readOnly === true) lease.markReadOnly()
      return await this.#deadlocks.run(lease, () => runTransaction(lease, work, options, this.#settings))
    } finally {
      lease.release()
    }
  }

  async query<R = Row>(sql: string, params?: readonly unknown[], options?: PoolQueryOptions): Promise<QueryResult<R>> {
    if (options !== undefined) refuseUnknownOptions("option of query", options, QUERY_OPTIONS)
    const acquireTimeoutMs = milliseconds("acquireTimeoutMs", options?.acquireTimeoutMs ?? this.#settings.acquireTimeoutMs)
    const timeoutMs = milliseconds("timeoutMs", options?.timeoutMs ?? this.#settings.queryTimeoutMs)
    const signal = abortSignal("signal", options?.signal)
    const own = options && withoutAcquireTimeout(options)
    if (this.#pipeline !== undefined && signal === undefined && timeoutMs === Number.POSITIVE_INFINITY && Pipeline.shares(sql, params))
      return this.#pipeline.run<R>(sql, params, own, acquireTimeoutMs)
    const lease = (signal?.aborted ? undefined : this.#takeFor(this.query)) ?? (await this.#wait(acquireTimeoutMs, signal, this.query))
    try {
      return await lease.query<R>(sql, params, own)
    } finally {
      lease.release()
    }
  }

  async healthCheck(options: HealthCheckOptions = {}): Promise<PoolHealth> {
    refuseUnknownOptions("option of healthCheck", options, ["signal"])
    abortSignal("signal", options.signal)
    return checkHealth(this, this.#core, this.#upkeep, options.signal)
  }

  async cleanupStaleConnections(): Promise<number> {
    const swept = this.#upkeep.sweep()
    const answers = await Promise.all(this.#upkeep.checkIdle(this.#settings.validateAfterMs))
    await Promise.all(swept)
    return swept.length + answers.filter((alive) => !alive).length
  }

  evict(): void {
    this.#evict("requested")
  }

  suspend(): void {
    if (this.#core.state === "open") this.#core.state = "suspended"
  }

  resume(): void {
    if (this.#core.state !== "suspended") return
    this.#core.state = "open"
    this.#core.pump()
  }

  resize(size: PoolSize): void {
    const { max, min } = resolveSize(size, this.#core, this.#settings.single)
    this.#core.resize(max, min)
  }

  async closeIdle(): Promise<number> {
    const closing = this.#core.park()
    await Promise.all(closing)
    return closing.length
  }

  close(options: CloseOptions = {}): Promise<void> {
    if (this.#closing !== undefined) return this.#closing
    try {
      refuseUnknownOptions("option of close", options, ["timeoutMs"])
      const timeoutMs = milliseconds("timeoutMs", options.timeoutMs ?? this.#settings.closeTimeoutMs)
      this.#closing = this.#close(timeoutMs)
      return this.#closing
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  stats(): PoolStats {
    return statsOf(this.#core)
  }

  async #close(timeoutMs: number): Promise<void> {
    await closeCore(this.#core, timeoutMs, () => this.#words.closed())
    this.#upkeep.stop()
    this.#deadlocks.stop()
    this.#leaks.stop()
    this.#readiness.changed()
  }

  #changed(): void {
    this.#upkeep.start()
    this.#readiness.changed()
  }

  // After a failover a server may go on as a standby: every connection to it is as useless for writing as this one.
  #readOnly(slot: Slot<PooledConnection>): void {
    const { readOnly, connection } = slot.resource!
    const { in_hot_standby, default_transaction_read_only } = connection.serverParameters
    // A server that can write (it says so since PostgreSQL 14) refused a transaction that was begun read-only.
    if (readOnly || (in_hot_standby === "off" && default_transaction_read_only === "off")) return
    if (slot.generation === this.#core.generation) this.#evict("read-only")
  }

  #evict(reason: PoolEvictEvent["reason"]): void {
    const { total } = this.#core.ledger
    if (channels.evict.hasSubscribers) channels.evict.publish({ pool: this.label, reason, total } satisfies PoolEvictEvent)
    this.#pipeline?.drain()
    this.#core.evict()
  }
}

function withoutAcquireTimeout({ acquireTimeoutMs: _, ...own }: PoolQueryOptions): LeaseQueryOptions {
  return own
}
