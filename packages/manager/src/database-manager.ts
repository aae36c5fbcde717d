import type { DatabaseConnector, PreflightOptions, PreflightReport } from "@pgsd/connector"
import type { Notification } from "@pgsd/driver"
import type { ConnectionPool, Listening, ListenOptions, PoolStats } from "@pgsd/pool"
import type { DefaultName } from "./configuration.ts"

/** `new` until initialize() (or the first connection, when lazy), `closed` for good after closeAll(). */
export type ManagerState = "new" | "initializing" | "ready" | "closing" | "closed"

/** Several databases with one life cycle: opened, verified and closed together. */
export interface DatabaseManager<Name extends string = DefaultName> extends AsyncDisposable {
  /** In the order of the configuration. */
  readonly names: readonly Name[]
  readonly state: ManagerState

  /**
   * Opens the first connection of every database, in parallel and with retries: all of them, or none. After a failure the opened ones are closed,
   * and a later call may retry. Not needed in lazy mode. A concurrent call waits for the first.
   *
   * @throws the error of the database that failed, with its name as `label`; ManagerError PGSD_INITIALIZE_FAILED with `errors` when several
   * did; the reason of `signal`; ManagerError PGSD_MANAGER_CLOSED
   */
  initialize(options?: InitializeOptions): Promise<void>

  /**
   * A connection of the database `source`, returned to its pool by close() or `await using`.
   *
   * @throws the errors of the pool's acquire(), with the database's name as `label`; ManagerError PGSD_UNKNOWN_DATABASE, PGSD_NOT_INITIALIZED,
   * PGSD_MANAGER_CLOSED
   */
  readonly getSourceConnection: "source" extends Name ? GetNamedConnection : never
  readonly getTargetConnection: "target" extends Name ? GetNamedConnection : never
  getConnection(name: Name, options?: GetConnectionOptions): Promise<DatabaseConnector>

  /**
   * The pool of a database, for queries, transactions and leases. The manager owns it: closeAll() closes it.
   *
   * @throws ManagerError PGSD_UNKNOWN_DATABASE, PGSD_NOT_INITIALIZED, PGSD_MANAGER_CLOSED
   */
  getPool(name: Name): ConnectionPool

  /**
   * {@link ConnectionPool.listen} of a database; closeAll() ends it.
   *
   * @throws as listen() of the pool; ManagerError PGSD_UNKNOWN_DATABASE, PGSD_NOT_INITIALIZED, PGSD_MANAGER_CLOSED
   */
  listen(
    name: Name,
    channels: string | readonly string[],
    handler: (notification: Notification) => void | Promise<void>,
    options?: ListenOptions,
  ): Promise<Listening>

  /**
   * A full preflight of every database, in parallel, over a connection of its own (the pool's, where a driver has one session only). Works
   * before initialize(); never rejects because of a database that is down: that is a report with `ok: false`.
   *
   * @throws the reason of `signal`; ManagerError PGSD_MANAGER_CLOSED
   */
  verifyConnections(options?: VerifyOptions): Promise<Readonly<Record<Name, PreflightReport>>>

  /** Closes the idle connections of every database, e.g. when memory is low. @returns their number */
  closeIdle(): Promise<number>

  /**
   * Closes everything in reverse order of the names. Always settles within the deadline, never rejects; idempotent. Connections that are still
   * in use when the deadline passes are destroyed.
   */
  closeAll(options?: CloseAllOptions): Promise<void>

  stats(): ManagerStats<Name>
}

/** A connection of the database named by the method; only configured databases have one. */
export type GetNamedConnection = (options?: GetConnectionOptions) => Promise<DatabaseConnector>

export interface InitializeOptions {
  readonly signal?: AbortSignal | undefined
}

export interface GetConnectionOptions {
  readonly signal?: AbortSignal | undefined
  /** How long to wait for a connection, in ms. @default the pool's acquireTimeoutMs */
  readonly acquireTimeoutMs?: number | undefined
}

/** `timeoutMs` is the deadline of each database. */
export type VerifyOptions = PreflightOptions

export interface CloseAllOptions {
  /** Time for leased connections to finish their work, in ms. @default 5_000 */
  readonly timeoutMs?: number | undefined
}

/** The original design's metrics. */
export interface ManagerStats<Name extends string = DefaultName> {
  readonly state: ManagerState
  readonly databases: Readonly<Record<Name, DatabaseStats>>
}

export interface DatabaseStats {
  /** Connections in use. */
  readonly active: number
  readonly idle: number
  /** Callers waiting for a connection. */
  readonly waiting: number
  /** Time to open connections, in ms, since the manager was created. */
  readonly connectTime: TimeStats
  /** Time of queries, in ms. */
  readonly queryTime: TimeStats
  /** The share of queries and connection attempts that failed, from 0 to 1. A query aborted by its caller does not count as failed. */
  readonly errorRate: number
  /** All counters of the pool; absent until the first connection is requested. */
  readonly pool?: PoolStats
}

export interface TimeStats {
  readonly count: number
  readonly errors: number
  readonly totalMs: number
  readonly maxMs: number
}
