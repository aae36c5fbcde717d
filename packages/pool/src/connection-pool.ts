import type { CopyOutput, CopyResult, Notification, PgsdError, QueryResult, Row } from "@pgsd/driver"
import type {
  BatchOptions,
  CallOptions,
  CopyFromOptions,
  CopySource,
  CopyToOptions,
  NotifyOptions,
  Queryable,
  Session,
  StatementInput,
  StreamOptions,
  Transaction,
  TransactionOptions,
} from "@pgsd/driver/calls"
import type { Counters } from "./core/ledger.ts"
import type { CoreState } from "./core/parts.ts"

/** Many connections to one database, shared safely. Made by `createConnectionPool`. */
export interface ConnectionPool extends Queryable, AsyncDisposable {
  /** What errors and diagnostics call it. */
  readonly label: string
  readonly state: PoolState

  /**
   * A fail-fast start: fills `min`, or opens one connection when `min` is 0. Optional: the pool opens what it needs when it needs it.
   *
   * @throws the connect error, PGSD_ACQUIRE_TIMEOUT with it as cause, or `signal.reason`
   */
  ready(options?: AcquireOptions): Promise<void>

  /**
   * A connection of one's own until `release()`. Served in the order of the calls.
   *
   * @throws PoolError PGSD_ACQUIRE_TIMEOUT, PGSD_QUEUE_FULL, PGSD_POOL_CLOSED, PGSD_POOL_DEADLOCK; the connect error when it is a
   * permanent one and no connection is left; `signal.reason`
   */
  acquire(options?: AcquireOptions): Promise<Lease>
  /** What acquire() would hand over without waiting for anything; else undefined. */
  tryAcquire(): Lease | undefined
  /**
   * acquire(), `work`, release(). Whatever `work` throws is thrown on; the connection goes back clean in any case. When `signal` fires or
   * `timeoutMs` passes the call rejects at once and what `work` has under way is stopped.
   */
  use<T>(work: (lease: Lease) => T | Promise<T>, options?: UseOptions): Promise<T>

  // Each call borrows a connection for its own duration.

  /** {@link Queryable.query} on any connection. */
  query<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: PoolQueryOptions): Promise<QueryResult<R>>
  one<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: PoolQueryOptions): Promise<R>
  maybeOne<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: PoolQueryOptions): Promise<R | undefined>
  /** {@link Queryable.batch} on any connection. */
  batch<R = Row>(statements: readonly StatementInput[], options?: PoolBatchOptions): Promise<QueryResult<R>[]>
  /** {@link Queryable.stream}; it borrows at the first next() and gives back when it ends or is left. */
  stream<R = Row>(
    statement: StatementInput,
    params?: readonly unknown[],
    options?: PoolStreamOptions,
  ): AsyncIterableIterator<R> & AsyncDisposable
  /** {@link Queryable.copyFrom} on any connection. */
  copyFrom(statement: StatementInput, source: CopySource, options?: PoolCopyFromOptions): Promise<CopyResult>
  /** {@link Queryable.copyTo}; it borrows at the first next() and gives back when it ends or is left. */
  copyTo(statement: StatementInput, options?: PoolCopyToOptions): CopyOutput
  /** {@link Queryable.notify} on any connection. */
  notify(channel: string, payload?: string, options?: PoolNotifyOptions): Promise<void>
  /**
   * LISTEN that comes back: calls `handler` with every notification of `channels` until it is closed, over one session beside `max` that
   * all listeners of the pool share. A session that is lost, or silent for `heartbeatMs`, is replaced with the pauses of the pool's
   * attempts; then `onGap` is told, because what was sent meanwhile is lost. Resolves when LISTEN is in force.
   *
   * Names are taken as they are, case included. A handler or `onGap` that throws or rejects is a process warning.
   *
   * @throws PgsdError PGSD_INVALID_PARAMETER for a name that no channel can have; PoolError PGSD_LISTEN_REFUSED behind a pooler in
   * transaction mode, PGSD_ACQUIRE_TIMEOUT, PGSD_POOL_CLOSED; the connect error when it is a permanent one; `signal.reason`
   */
  listen(
    channels: string | readonly string[],
    handler: (notification: Notification) => void | Promise<void>,
    options?: ListenOptions,
  ): Promise<Listening>
  /** {@link Queryable.transaction} on a connection of its own. */
  transaction<T>(work: (transaction: Transaction) => T | Promise<T>, options?: PoolTransactionOptions): Promise<T>

  /** Checks every idle connection now, replaces the dead, and says how the pool is: for a readiness probe. Never rejects but for an aborted signal or an option that makes no sense. */
  healthCheck(options?: HealthCheckOptions): Promise<PoolHealth>
  /** The original design's name for the part that acts: closes idle connections that are dead, expired or over `min` and idle too long. @returns how many */
  cleanupStaleConnections(): Promise<number>
  /** Retires every connection that exists now: idle ones at once, leased ones when they come back. */
  evict(): void
  /** Hands out nothing until resume(); callers wait in their order, within their deadlines. For a planned failover. */
  suspend(): void
  resume(): void
  /** Takes effect at once on idle connections and with the next release on leased ones. */
  resize(size: PoolSize): void
  /** Closes the idle connections, `min` or not, e.g. before a serverless freeze. @returns how many */
  closeIdle(): Promise<number>
  /**
   * Refuses new callers, serves those that wait until the deadline, then rejects them and destroys what is still leased.
   * Always resolves; a second call gives the same promise.
   */
  close(options?: CloseOptions): Promise<void>
  stats(): PoolStats
}

export type PoolState = CoreState

/**
 * A session out of the pool. After release() or destroy() it is dead, and so is every transaction on it; calls then reject with
 * PGSD_LEASE_RELEASED and never reach the next holder.
 */
export interface Lease extends Session, AsyncDisposable {
  /** Gives the connection back; with an error that ended the session, retires it. A second call does nothing. */
  release(error?: unknown): void
  /** Retires the connection now instead of giving it back; a query in flight rejects. */
  destroy(): void
  /** Retires the connection politely: a query in flight has a second to finish. */
  close(): Promise<void>
}

/** How to wait for a connection. */
export interface WaitOptions {
  /** How long to wait for a connection, in ms. @default the pool's `acquireTimeoutMs` */
  readonly acquireTimeoutMs?: number | undefined
}

export interface AcquireOptions extends WaitOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
}

export interface UseOptions extends AcquireOptions {
  /** Ends the wait, and the work. */
  readonly signal?: AbortSignal | undefined
  /** How long `work` may take, in ms, once it has its connection. @default Infinity */
  readonly timeoutMs?: number | undefined
}

export interface PoolQueryOptions extends CallOptions, WaitOptions {}
export interface PoolNotifyOptions extends NotifyOptions, WaitOptions {}
export interface PoolCopyFromOptions extends CopyFromOptions, WaitOptions {}
export interface PoolBatchOptions extends BatchOptions, WaitOptions {}
export interface PoolCopyToOptions extends CopyToOptions, WaitOptions {}
export interface PoolStreamOptions extends StreamOptions, WaitOptions {}
/** `signal` also ends the wait for a connection; `timeoutMs` begins when that is there. */
export interface PoolTransactionOptions extends TransactionOptions, WaitOptions {}

export interface ListenOptions extends AcquireOptions {
  /** How long LISTEN may take to be in force, in ms; later ones, after a loss, have no limit. @default the pool's `acquireTimeoutMs` */
  readonly acquireTimeoutMs?: number | undefined
  /** Ends the wait, and the listening. */
  readonly signal?: AbortSignal | undefined
  /**
   * When nothing was heard for so long, in ms, the server is asked for a sign of life, for which it has `validateTimeoutMs`. Listeners
   * of one pool share a session: the shortest of theirs counts. `Infinity` asks never. @default 30_000
   */
  readonly heartbeatMs?: number | undefined
  /** LISTEN is in force again after a loss: notifications may have been missed, so read the state afresh. */
  readonly onGap?: ((gap: ListenGap) => void | Promise<void>) | undefined
}

/** A time in which notifications were not heard. */
export interface ListenGap {
  readonly channels: readonly string[]
  /** From when the loss was noticed until LISTEN was in force again, in ms; what was sent before it was noticed may be lost as well. */
  readonly durationMs: number
  /** What ended the session; undefined after evict(). */
  readonly error: PgsdError | undefined
}

/** A listener of a pool, until it is closed. */
export interface Listening extends AsyncDisposable {
  readonly channels: readonly string[]
  /** LISTEN is in force now; false while a lost session is being replaced. */
  readonly active: boolean
  /** No handler is called any more. Resolves when the server has been told, or the session has ended. Never rejects; idempotent. */
  close(): Promise<void>
}

export interface HealthCheckOptions {
  readonly signal?: AbortSignal | undefined
}

export interface CloseOptions {
  /** In ms. @default the pool's `closeTimeoutMs` */
  readonly timeoutMs?: number | undefined
}

export interface PoolSize {
  readonly min?: number | undefined
  readonly max?: number | undefined
}

/** A snapshot; `total` is the sum of the six states after it and never more than `max`, unless resize() has just lowered it. */
export interface PoolStats extends Counters {
  readonly state: PoolState
  readonly max: number
  readonly min: number
  readonly total: number
  readonly idle: number
  readonly leased: number
  /** Attempts under way. */
  readonly connecting: number
  /** Being validated before they are handed over. */
  readonly checking: number
  /** Returned, not yet clean. */
  readonly resetting: number
  readonly closing: number
  /** Callers in the queue. */
  readonly waiting: number
  /** The session of listen(), which is counted in none of the above: 1 while it is open. Where all share one session it is 0. */
  readonly listening: number
}

export interface PoolHealth extends PoolStats {
  /** The pool is open and at least one connection answered or is in use. */
  readonly healthy: boolean
  /** Idle connections that were asked. */
  readonly checked: number
  /** Those of them that did not answer; the pool opens others where `min` or a caller wants them. */
  readonly replaced: number
  /** Why no connection can be had, where that is so. */
  readonly error?: PgsdError | undefined
}
