import type { Clock, Connection, Driver, PgsdError } from "@pgsd/driver"
import type { ConnectionInput, OpeningOptions } from "./connection-opener.ts"
import type { PoolQueryEvent } from "./diagnostics.ts"

/** Where connections come from, and how the pool behaves. */
export type ConnectionPoolOptions = PoolSource & PoolSettings

/** A driver and a connection, or a function that opens one. */
export type PoolSource = DriverSource | OpenSource

export interface DriverSource {
  readonly driver: Driver
  readonly openTimeoutMs?: undefined
  /** Where to connect to, and as whom. Not needed by a driver without a network. */
  readonly connection?: ConnectionInput | undefined
  /** How the hosts and addresses of `connection` are tried. */
  readonly opening?: OpeningOptions | undefined
  readonly open?: undefined
}

export interface OpenSource {
  /**
   * Opens one connection, like ConnectionFactory.open() of `@pgsd/driver/open`. It must not pause between attempts, because backoff is up
   * to the pool. `fresh` requests a password that is not cached: the server has rejected the previous one.
   */
  readonly open: (options: OpenConnectionOptions) => Promise<Connection>
  /**
   * Timeout of one attempt, from open() to onConnect, if it needs more than `connectTimeoutMs`, which then applies to `settings` and
   * onConnect.
   * `Infinity` suits a ConnectionFactory's open(), which always ends, and takes its time with several hosts. @default `connectTimeoutMs`
   */
  readonly openTimeoutMs?: number | undefined
  /** `"one"`: all connections share one session (PGlite), so the pool has at most one. @default "many" */
  readonly concurrency?: "many" | "one" | undefined
  readonly driver?: undefined
  readonly connection?: undefined
  readonly opening?: undefined
}

export interface OpenConnectionOptions {
  /** Aborts when `openTimeoutMs` passes and when the pool closes. */
  readonly signal: AbortSignal
  readonly fresh: boolean
}

/** Times are in milliseconds; `Infinity` means never or no limit. */
export interface PoolSettings {
  /** The pool's label in errors and diagnostics. @default the label of `connection`, else host:port/database */
  readonly label?: string | undefined
  /** Maximum number of connections. @default 5 */
  readonly max?: number | undefined
  /** Connections kept open: filled at the start, refilled after a loss. @default 0 */
  readonly min?: number | undefined
  /**
   * Timeout of acquire(), including queueing, validation and connecting. A value above a request's own deadline is useless.
   * @default 10_000; 60_000 over PGlite
   */
  readonly acquireTimeoutMs?: number | undefined
  /**
   * Timeout of one attempt, including the handshake and onConnect. With `connection`: of each address, unless it has a connect_timeout, and
   * then of `settings` and onConnect together. An attempt outlives the caller that caused it. @default 5_000, or less if several hosts or
   * addresses share a caller's time; 60_000 over PGlite, which starts in this process
   */
  readonly connectTimeoutMs?: number | undefined
  /** Cancels a query on the server after this time. @default Infinity */
  readonly queryTimeoutMs?: number | undefined
  /**
   * Timeout of the server's response to COMMIT; then PGSD_COMMIT_UNKNOWN, and the connection is destroyed. @default 60_000, or
   * `queryTimeoutMs` if lower
   */
  readonly commitTimeoutMs?: number | undefined
  /** Maximum number of concurrent attempts. @default 3 */
  readonly connectConcurrency?: number | undefined
  /** A connection idle for longer (by the wall clock, which jumps after a freeze) is validated before it is lent. @default 1_000 */
  readonly validateAfterMs?: number | undefined
  /** Timeout of that validation. @default 2_000 */
  readonly validateTimeoutMs?: number | undefined
  /** Interval of the check of idle connections. @default 30_000 */
  readonly healthCheckIntervalMs?: number | undefined
  /** Idle connections above `min` are closed after this time; 0 keeps none. @default 60_000 */
  readonly idleTimeoutMs?: number | undefined
  /** A connection is retired at this age, once it is not leased. @default 1_800_000 */
  readonly maxLifetimeMs?: number | undefined
  /** Each lifetime is shortened by a random fraction, up to this, so that connections opened together do not end together. @default 0.1 */
  readonly maxLifetimeJitter?: number | undefined
  /** Maximum number of waiting callers; others are rejected immediately. @default Infinity */
  readonly maxWaiting?: number | undefined
  /**
   * How a returned connection is cleaned. `"transaction"`: an open transaction is rolled back, which is free if there is none. `"session"`:
   * also resets settings, role, LISTEN, advisory locks, temporary tables, cursors and SQL-level PREPARE, in one round trip that keeps the
   * statements of `prepare`. `"none"`: sends nothing, and closes a connection with an open transaction. A function: called after the
   * rollback.
   * @default "transaction"
   */
  readonly reset?: "transaction" | "session" | "none" | ((connection: Connection) => void | Promise<void>) | undefined
  /** Timeout of the reset, and of a query still running at release. @default 2_000 */
  readonly resetTimeoutMs?: number | undefined
  /**
   * How long an aborted query may take to end before its connection is destroyed; socket drivers themselves wait 2_000 at most.
   * @default 2_000
   */
  readonly cancelTimeoutMs?: number | undefined
  /** Timeout of close(). @default 5_000 */
  readonly closeTimeoutMs?: number | undefined
  /**
   * A lease held for longer is published once, with its borrower's stack (which costs 6 µs per acquire). Use 30_000 in development.
   * @default Infinity
   */
  readonly leakThresholdMs?: number | undefined
  /** An idle connection does not keep the process alive. Waiting callers, attempts and leases do. @default true */
  readonly unrefIdle?: boolean | undefined
  /**
   * Maximum number of query() calls that share a connection when all are busy; the README describes the cost. `"auto"`: up to 8, and only
   * reading statements that have proved to be short. @default 1
   */
  readonly pipelineDepth?: number | "auto" | undefined
  /**
   * Settings of each session, applied before `onConnect`, e.g. `{ search_path: "app", statement_timeout: "5s" }`, as by set_config(): one
   * round trip per session. If the server rejects one, callers are rejected at once (PGSD_SETTING_REFUSED). Applied again after `reset:
   * "session"`.
   */
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined
  /**
   * The kind of connection pooler in front of the server. `"transaction"`: features that need a dedicated session are rejected (`settings`,
   * `reset: "session"`). `"session"`: they are available. @default none: `settings` are rejected if a pooler is detected
   */
  readonly pooler?: "session" | "transaction" | undefined
  /** Sets up a new connection, within connectTimeoutMs, and again after `reset: "session"`, within resetTimeoutMs. */
  readonly onConnect?: ((connection: Connection) => void | Promise<void>) | undefined
  /**
   * Called after a connection was released and cleaned, before it is lent again, e.g. to tell a platform that it is idle. A promise is
   * awaited within resetTimeoutMs; if it throws or rejects, the connection is destroyed.
   */
  readonly onRelease?: ((connection: Connection) => void) | undefined
  /** Called with errors in the background that the pool has handled: failed attempts, losses, failed checks and resets. */
  readonly onError?: ((error: PgsdError) => void) | undefined
  /** Called at the end of each statement, with its duration; an exception becomes a process warning. */
  readonly onQuery?: ((event: PoolQueryEvent) => void) | undefined
  /** Whether a connect error is permanent, so that callers are rejected at once. @default if it is not `retryable` */
  readonly isPermanent?: ((error: PgsdError) => boolean) | undefined
  /** @default the system clock */
  readonly clock?: Clock | undefined
  /** From 0 (inclusive) to 1 (exclusive): the random numbers of backoff and lifetimes. @default Math.random */
  readonly random?: (() => number) | undefined
}
