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
  /** Where to connect to, as whom, and how: what psql would connect to. Not needed by a driver without a network. */
  readonly connection?: ConnectionInput | undefined
  /** How the hosts and addresses of `connection` are tried. */
  readonly opening?: OpeningOptions | undefined
  readonly open?: undefined
}

export interface OpenSource {
  /**
   * Opens one connection; what `@pgsd/connector`'s ConnectionFactory does. It must not wait between attempts: backing off is the
   * pool's, so that it can account for it. `fresh` asks for a password that is not remembered from before: the server has refused that one.
   */
  readonly open: (options: OpenConnectionOptions) => Promise<Connection>
  /**
   * One attempt, from open() to onConnect, where it needs more than `connectTimeoutMs`, which is then for `settings` and onConnect. `Infinity`
   * is right for a ConnectionFactory's open(): it ends by itself, and a search over several hosts takes its time. @default `connectTimeoutMs`
   */
  readonly openTimeoutMs?: number | undefined
  /** `"one"`: all connections share one session (PGlite), so the pool holds at most one. @default "many" */
  readonly concurrency?: "many" | "one" | undefined
  readonly driver?: undefined
  readonly connection?: undefined
  readonly opening?: undefined
}

export interface OpenConnectionOptions {
  /** Fires when `openTimeoutMs` passes and when the pool closes. */
  readonly signal: AbortSignal
  readonly fresh: boolean
}

/** Times are in milliseconds. "Never" and "no limit" are `Infinity`. */
export interface PoolSettings {
  /** What errors and diagnostics call the pool. @default the label of `connection`, else host:port/database */
  readonly label?: string | undefined
  /** Connections at most. @default 5 */
  readonly max?: number | undefined
  /** Connections kept open: filled at the start, refilled after a loss. @default 0 */
  readonly min?: number | undefined
  /** How long acquire() may wait: queue, check and connect together. Longer than most HTTP deadlines is of no use. @default 10_000; 60_000 over PGlite */
  readonly acquireTimeoutMs?: number | undefined
  /**
   * One attempt, handshake and onConnect included; with `connection` each address, where it has no connect_timeout of its own, and then
   * `settings` and onConnect together. An attempt outlives the caller that caused it. @default 5_000, and less where several hosts or addresses share a caller's time; 60_000 over PGlite, which starts in this process
   */
  readonly connectTimeoutMs?: number | undefined
  /** Stops a query on the server. @default Infinity */
  readonly queryTimeoutMs?: number | undefined
  /** How long the server may take to answer COMMIT, in ms; then PGSD_COMMIT_UNKNOWN, and the connection is given up. @default 60_000, or `queryTimeoutMs` when that is less */
  readonly commitTimeoutMs?: number | undefined
  /** Attempts under way at the same time. @default 3 */
  readonly connectConcurrency?: number | undefined
  /** A connection idle for longer (by the wall clock, which jumps after a freeze) is asked before it is handed over. @default 1_000 */
  readonly validateAfterMs?: number | undefined
  /** How long it may take to answer. @default 2_000 */
  readonly validateTimeoutMs?: number | undefined
  /** The periodic check of idle connections. @default 30_000 */
  readonly healthCheckIntervalMs?: number | undefined
  /** Idle connections over `min` are closed after this; 0 keeps none. @default 60_000 */
  readonly idleTimeoutMs?: number | undefined
  /** A connection is retired at this age, when it is not leased. @default 1_800_000 */
  readonly maxLifetimeMs?: number | undefined
  /** Each lifetime is shortened by a random part of it, up to this, so that connections opened together do not end together. @default 0.1 */
  readonly maxLifetimeJitter?: number | undefined
  /** Callers in the queue; one more is refused at once. @default Infinity */
  readonly maxWaiting?: number | undefined
  /**
   * What happens to a returned connection. `"transaction"`: an open transaction is rolled back, which costs nothing when there is none.
   * `"session"`: also settings, role, LISTEN, advisory locks, temporary tables, cursors and what PREPARE has made, in one round trip
   * that keeps the statements of `prepare`. `"none"`: nothing is sent; a connection with an open transaction is closed. A function: after the rollback, its own work.
   * @default "transaction"
   */
  readonly reset?: "transaction" | "session" | "none" | ((connection: Connection) => void | Promise<void>) | undefined
  /** For the reset, and for a query that its holder left running. @default 2_000 */
  readonly resetTimeoutMs?: number | undefined
  /** How long an aborted query may take to end before its connection is destroyed; a socket driver itself waits 2_000 at most. @default 2_000 */
  readonly cancelTimeoutMs?: number | undefined
  /** For close(). @default 5_000 */
  readonly closeTimeoutMs?: number | undefined
  /** A lease held for longer is published once, with its borrower's stack (which costs 6 µs per acquire). 30_000 is good in development. @default Infinity */
  readonly leakThresholdMs?: number | undefined
  /** An idle connection does not keep the process alive. Waiting callers, attempts and leases do. @default true */
  readonly unrefIdle?: boolean | undefined
  /**
   * How many query() calls may share a connection when all are busy; see the README for what that costs. `"auto"`: up to 8, and only reading
   * statements that have shown to be short. @default 1
   */
  readonly pipelineDepth?: number | "auto" | undefined
  /**
   * What each session is set to before `onConnect`, e.g. `{ search_path: "app", statement_timeout: "5s" }`, as set_config() takes it: one
   * round trip per session. One that the server refuses fails callers at once (PGSD_SETTING_REFUSED). After `reset: "session"` they
   * are set again.
   */
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined
  /**
   * A connection pooler stands in front of the server. `"transaction"`: what needs a session of one's own is refused (`settings`,
   * `reset: "session"`). `"session"`: it is possible. @default none: `settings` are refused when a pooler is found
   */
  readonly pooler?: "session" | "transaction" | undefined
  /** Sets up a new connection, within connectTimeoutMs, and again after `reset: "session"`, within resetTimeoutMs. */
  readonly onConnect?: ((connection: Connection) => void | Promise<void>) | undefined
  /**
   * Called after a connection came back clean, before the next caller gets it, e.g. to let a platform see that it is idle. A promise is
   * waited for within resetTimeoutMs; one that throws or rejects costs the connection.
   */
  readonly onRelease?: ((connection: Connection) => void) | undefined
  /** Called with what went wrong in the background: failed attempts, losses, failed checks and resets. The pool has dealt with it. */
  readonly onError?: ((error: PgsdError) => void) | undefined
  /** Called when a statement has ended, with its time; what it throws is a process warning. */
  readonly onQuery?: ((event: PoolQueryEvent) => void) | undefined
  /** Connect errors that waiting does not cure: callers are told at once. @default those that are not `retryable` */
  readonly isPermanent?: ((error: PgsdError) => boolean) | undefined
  /** @default the system's */
  readonly clock?: Clock | undefined
  /** From 0 (included) to 1 (excluded): the dice of backoff and lifetimes. @default Math.random */
  readonly random?: (() => number) | undefined
}
