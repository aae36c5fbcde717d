import type { Notification, PgsdError } from "@pgsd/driver"
import type {
  BatchOptions,
  CallOptions,
  CopyFromOptions,
  CopyToOptions,
  NotifyOptions,
  Queryable,
  Session,
  StreamOptions,
  TransactionOptions,
} from "@pgsd/driver/calls"
import type { Counters } from "./core/ledger.ts"
import type { CoreState } from "./core/parts.ts"

/**
 * A pool of connections to one database. Created by `createConnectionPool`. Each call of {@link Queryable} borrows a connection for its own
 * duration; `stream()` and `copyTo()` do at the first next(), until the end or until they are left early.
 */
export interface ConnectionPool extends Queryable<WaitOptions>, AsyncDisposable {
  /** The label in errors and diagnostics. */
  readonly label: string
  readonly state: PoolState

  /**
   * Starts the pool and fails fast: opens `min` connections, or one if `min` is 0. Optional: the pool opens connections on demand.
   *
   * @throws the connect error, PGSD_ACQUIRE_TIMEOUT with it as cause, or `signal.reason`
   */
  ready(options?: AcquireOptions): Promise<void>

  /**
   * Borrows a connection until `release()`. Callers are served in the order of their calls.
   *
   * @throws PoolError PGSD_ACQUIRE_TIMEOUT, PGSD_QUEUE_FULL, PGSD_POOL_CLOSED, PGSD_POOL_DEADLOCK; the connect error if it is permanent and
   * no connection is left; `signal.reason`
   */
  acquire(options?: AcquireOptions): Promise<Lease>
  /** Borrows a connection if acquire() would return one without waiting; otherwise undefined. */
  tryAcquire(): Lease | undefined
  /**
   * Runs acquire(), `work`, release(). An error of `work` is passed on; the connection is cleaned in any case. When `signal` fires or
   * `timeoutMs` passes, the call rejects at once and the statements of `work` are cancelled.
   */
  use<T>(work: (lease: Lease) => T | Promise<T>, options?: UseOptions): Promise<T>

  /**
   * Listens on `channels` and calls `handler` with every notification until closed. Uses one session in addition to `max`, shared by all
   * listeners of the pool. A session that is lost, or silent for `heartbeatMs`, is replaced with the pauses of the pool's attempts; then
   * `onGap` is called, because notifications sent in the meantime are lost. Resolves when LISTEN is active.
   *
   * Names are case-sensitive. An exception or rejection of a handler or of `onGap` becomes a process warning.
   *
   * @throws PgsdError PGSD_INVALID_PARAMETER for an invalid channel name; PoolError PGSD_LISTEN_REFUSED behind a pooler in transaction
   * mode, PGSD_ACQUIRE_TIMEOUT, PGSD_POOL_CLOSED; the connect error if it is permanent; `signal.reason`
   */
  listen(
    channels: string | readonly string[],
    handler: (notification: Notification) => void | Promise<void>,
    options?: ListenOptions,
  ): Promise<Listening>

  /**
   * Checks every idle connection now, replaces dead ones, and reports the pool's health, for a readiness probe. Rejects only for an aborted
   * signal or an invalid option.
   */
  healthCheck(options?: HealthCheckOptions): Promise<PoolHealth>
  /** Closes idle connections that are dead, expired, or above `min` and idle too long. @returns their number */
  cleanupStaleConnections(): Promise<number>
  /** Retires all existing connections: idle ones at once, leased ones on release. */
  evict(): void
  /** Lends nothing until resume(); callers wait in order, within their deadlines. For a planned failover. */
  suspend(): void
  resume(): void
  /** Applies to idle connections at once, and to leased ones on release. */
  resize(size: PoolSize): void
  /** Closes all idle connections, regardless of `min`, e.g. before a serverless freeze. @returns their number */
  closeIdle(): Promise<number>
  /**
   * Rejects new callers, serves waiting ones until the deadline, then rejects them and destroys leased connections. Always resolves; a
   * second call returns the same promise.
   */
  close(options?: CloseOptions): Promise<void>
  stats(): PoolStats
}

export type PoolState = CoreState

/**
 * A session borrowed from the pool. After release() or destroy() it is unusable, as is every transaction on it: calls reject with
 * PGSD_LEASE_RELEASED and never reach the next borrower.
 */
export interface Lease extends Session, AsyncDisposable {
  /** Returns the connection to the pool; with an error that ended the session, retires it. A second call does nothing. */
  release(error?: unknown): void
  /** Retires the connection immediately instead of returning it; a query in flight rejects. */
  destroy(): void
  /** Retires the connection gracefully: a query in flight has a second to finish. */
  close(): Promise<void>
}

/** Options of the wait for a connection. */
export interface WaitOptions {
  /** Timeout of the wait for a connection, in ms. @default the pool's `acquireTimeoutMs` */
  readonly acquireTimeoutMs?: number | undefined
}

export interface AcquireOptions extends WaitOptions {
  /** Aborts the wait. */
  readonly signal?: AbortSignal | undefined
}

export interface UseOptions extends AcquireOptions {
  /** Aborts the wait, and the work. */
  readonly signal?: AbortSignal | undefined
  /** Timeout of `work`, in ms, from when it has its connection. @default Infinity */
  readonly timeoutMs?: number | undefined
}

export interface PoolQueryOptions extends CallOptions, WaitOptions {}
export interface PoolNotifyOptions extends NotifyOptions, WaitOptions {}
export interface PoolCopyFromOptions extends CopyFromOptions, WaitOptions {}
export interface PoolBatchOptions extends BatchOptions, WaitOptions {}
export interface PoolCopyToOptions extends CopyToOptions, WaitOptions {}
export interface PoolStreamOptions extends StreamOptions, WaitOptions {}
/** `signal` also aborts the wait for a connection; `timeoutMs` starts afterwards. */
export interface PoolTransactionOptions extends TransactionOptions, WaitOptions {}

export interface ListenOptions extends AcquireOptions {
  /** Timeout until LISTEN is active, in ms; after a loss there is no limit. @default the pool's `acquireTimeoutMs` */
  readonly acquireTimeoutMs?: number | undefined
  /** Aborts the wait, and ends the listener. */
  readonly signal?: AbortSignal | undefined
  /**
   * If nothing was received for this long, in ms, the connection is checked, within `validateTimeoutMs`. Listeners of one pool share a
   * session: the shortest interval applies. `Infinity` never checks. @default 30_000
   */
  readonly heartbeatMs?: number | undefined
  /** LISTEN is active again after a loss: notifications may have been missed, so read the state again. */
  readonly onGap?: ((gap: ListenGap) => void | Promise<void>) | undefined
}

/** An interval in which notifications were not received. */
export interface ListenGap {
  readonly channels: readonly string[]
  /** From the detection of the loss until LISTEN was active again, in ms; notifications sent before the detection may be lost as well. */
  readonly durationMs: number
  /** The error that ended the session; undefined after evict(). */
  readonly error: PgsdError | undefined
}

/** A listener of a pool, until it is closed. */
export interface Listening extends AsyncDisposable {
  readonly channels: readonly string[]
  /** Whether LISTEN is active; false while a lost session is being replaced. */
  readonly active: boolean
  /** Stops calling the handler. Resolves when the server has executed UNLISTEN, or the session has ended. Never rejects; idempotent. */
  close(): Promise<void>
}

export interface HealthCheckOptions {
  /** For the whole check, in ms; when it passes, the answer is that the pool is not healthy, with the reason. @default the limits of its parts */
  readonly timeoutMs?: number | undefined
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

/** A snapshot; `total` is the sum of the six states that follow and at most `max`, unless resize() has just lowered it. */
export interface PoolStats extends Counters {
  readonly state: PoolState
  readonly max: number
  readonly min: number
  readonly total: number
  readonly idle: number
  readonly leased: number
  /** Attempts in progress. */
  readonly connecting: number
  /** Being validated before they are lent. */
  readonly checking: number
  /** Returned, not clean yet. */
  readonly resetting: number
  readonly closing: number
  /** Callers in the queue. */
  readonly waiting: number
  /** The session of listen(), not included in the other counts: 1 while it is open. 0 if all connections share one session. */
  readonly listening: number
}

export interface PoolHealth extends PoolStats {
  /** The pool is open, and at least one connection responded or is in use. */
  readonly healthy: boolean
  /** Idle connections that were checked. */
  readonly checked: number
  /** Those that did not respond; the pool replaces them if `min` or a caller requires it. */
  readonly replaced: number
  /** Why no connection is available, if so. */
  readonly error?: PgsdError | undefined
}
