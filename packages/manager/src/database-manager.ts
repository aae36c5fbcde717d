import type { DatabaseConnector, PreflightOptions, PreflightReport } from "@pgsd/connector"
import type { Notification } from "@pgsd/driver"
import type { ConnectionPool, Listening, ListenOptions, PoolStats } from "@pgsd/pool"
import type { DefaultName } from "./configuration.ts"

/** `new` until initialize() (in lazy mode until the first connection), `closed` for good after closeAll(). */
export type ManagerState = "new" | "initializing" | "ready" | "closing" | "closed"

/** Several databases with a common life cycle: opened, verified and closed together. */
export interface DatabaseManager<Name extends string = DefaultName> extends AsyncDisposable {
  /** In the order of the configuration. */
  readonly names: readonly Name[]
  readonly state: ManagerState

  /**
   * Opens the first connection of every database, in parallel and with retries: all or none. After a failure, those already open are
   * closed, and a later call may retry. Not needed in lazy mode. A concurrent call waits for the first.
   *
   * @throws the error of the database that failed, with its name as `label`; ManagerError PGSD_INITIALIZE_FAILED with `errors` if several
   * failed; the reason of `signal`; ManagerError PGSD_MANAGER_CLOSED
   */
  initialize(options?: InitializeOptions): Promise<void>

  /**
   * Lends a connection of the database `source`; close() or `await using` returns it to the pool.
   *
   * @throws the errors of the pool's acquire(), with the database's name as `label`; ManagerError PGSD_UNKNOWN_DATABASE,
   * PGSD_NOT_INITIALIZED, PGSD_MANAGER_CLOSED
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
   * {@link ConnectionPool.listen} on a database's pool; closeAll() ends it.
   *
   * @throws the errors of the pool's listen(); ManagerError PGSD_UNKNOWN_DATABASE, PGSD_NOT_INITIALIZED, PGSD_MANAGER_CLOSED
   */
  listen(
    name: Name,
    channels: string | readonly string[],
    handler: (notification: Notification) => void | Promise<void>,
    options?: ListenOptions,
  ): Promise<Listening>

  /**
   * Runs a full preflight of every database, in parallel, each on a separate connection (or the pool's, if the driver has only one
   * session). Works before initialize(). A database that is down is a report with `ok: false` rather than a rejection.
   *
   * @throws the reason of `signal`; ManagerError PGSD_MANAGER_CLOSED
   */
  verifyConnections(options?: VerifyOptions): Promise<Readonly<Record<Name, PreflightReport>>>

  /** Closes the idle connections of every database, e.g. when memory runs low. @returns the number of closed connections */
  closeIdle(): Promise<number>

  /**
   * Closes all databases in reverse order. Always resolves within the deadline, never rejects; idempotent. Connections still in use at the
   * deadline are destroyed.
   */
  closeAll(options?: CloseAllOptions): Promise<void>

  stats(): ManagerStats<Name>
}

/** Lends a connection of the database that the method is named after. */
export type GetNamedConnection = (options?: GetConnectionOptions) => Promise<DatabaseConnector>

export interface InitializeOptions {
  readonly signal?: AbortSignal | undefined
}

export interface GetConnectionOptions {
  readonly signal?: AbortSignal | undefined
  /** Timeout of the wait for a connection, in ms. @default the pool's acquireTimeoutMs */
  readonly acquireTimeoutMs?: number | undefined
}

/** `timeoutMs` is the deadline per database. */
export type VerifyOptions = PreflightOptions

export interface CloseAllOptions {
  /** Time for leased connections to finish their work, in ms. @default 5_000 */
  readonly timeoutMs?: number | undefined
}

/** Metrics of one database. */
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
  /** Time to open a connection, in ms, since the manager was created. */
  readonly connectTime: TimeStats
  /** Time of a query, in ms. */
  readonly queryTime: TimeStats
  /** The fraction of queries and connection attempts that failed, from 0 to 1. A query aborted by its caller is not a failure. */
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
