import type { Connection, PgsdError, QueryOptions, QueryResult, Row } from "@pgsd/driver"
import type { CloseReason } from "./core/ledger.ts"

/** Many connections to one database, shared safely. Made by `createConnectionPool`. */
export interface ConnectionPool extends AsyncDisposable {
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
  /** acquire(), `work`, release(). Whatever `work` throws is thrown on; the connection goes back clean in any case. */
  use<T>(work: (lease: Lease) => T | Promise<T>, options?: AcquireOptions): Promise<T>
  /**
   * BEGIN, `work`, COMMIT; ROLLBACK when `work` throws.
   *
   * @throws what `work` throws; PoolError PGSD_ROLLED_BACK when the server answers COMMIT with ROLLBACK, PGSD_COMMIT_UNKNOWN when
   * the connection dies while COMMIT is under way
   */
  transaction<T>(work: (lease: Lease) => T | Promise<T>, options?: TransactionOptions): Promise<T>
  /** One statement on any connection. */
  query<R = Row>(sql: string, params?: readonly unknown[], options?: PoolQueryOptions): Promise<QueryResult<R>>

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

export type PoolState = "open" | "suspended" | "closing" | "closed"

/**
 * A connection out of the pool: a Connection of which every member is guarded. After release() or destroy() it is dead; what is
 * called on it then throws PoolError PGSD_LEASE_RELEASED and never reaches the next holder.
 */
export interface Lease extends Connection, AsyncDisposable {
  query<R = Row>(sql: string, params?: readonly unknown[], options?: LeaseQueryOptions): Promise<QueryResult<R>>
  /** Gives the connection back; with an error that ended the session, retires it. A second call does nothing. */
  release(error?: unknown): void
  /** Retires the connection now instead of giving it back; a query in flight rejects. */
  destroy(): void
  /** Retires the connection politely: a query in flight has a second to finish. */
  close(): Promise<void>
}

export interface AcquireOptions {
  readonly signal?: AbortSignal | undefined
  /** How long to wait, in ms. @default the pool's `acquireTimeoutMs` */
  readonly timeoutMs?: number | undefined
}

export interface LeaseQueryOptions extends QueryOptions {
  /** Stops the query on the server when it passes, in ms. @default the pool's `queryTimeoutMs` */
  readonly timeoutMs?: number | undefined
}

export interface PoolQueryOptions extends LeaseQueryOptions {
  /** How long to wait for a connection, in ms. @default the pool's `acquireTimeoutMs` */
  readonly acquireTimeoutMs?: number | undefined
}

export type IsolationLevel = "read committed" | "repeatable read" | "serializable"

export interface TransactionOptions extends AcquireOptions {
  /**
   * Ends the wait for a connection and for BEGIN; fires it later, the transaction is rolled back once `work` has ended. A query of `work`
   * is stopped by it only when it is given the signal, too. COMMIT is never stopped.
   */
  readonly signal?: AbortSignal | undefined
  /** @default the server's default_transaction_isolation */
  readonly isolation?: IsolationLevel | undefined
  /** @default the server's default_transaction_read_only */
  readonly readOnly?: boolean | undefined
  /** Only meaningful for serializable read-only transactions. @default false */
  readonly deferrable?: boolean | undefined
  /** How often to run `work` again, on the same connection, after SQLSTATE 40001 or 40P01. @default 0 */
  readonly retries?: number | undefined
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
export interface PoolStats {
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
  /** Since the pool was made: connections handed over … */
  readonly acquired: number
  /** … callers whose deadline passed … */
  readonly timeouts: number
  /** … or whose signal fired; */
  readonly aborted: number
  /** connections opened, attempts that failed, connections that died by themselves, */
  readonly created: number
  readonly connectErrors: number
  readonly lost: number
  /** and why connections were closed. */
  readonly closedBy: Readonly<Record<CloseReason, number>>
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
