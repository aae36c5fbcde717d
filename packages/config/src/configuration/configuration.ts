import type { ConnectionConfig, ConnectionWarning } from "@pgsd/driver"

/** A program's complete configuration. Frozen; printing it shows no secrets. */
export interface Configuration {
  /** `"development"`, `"production"`, `"test"`, or a profile of the configuration file. */
  readonly profile: string
  /** A name that the program maps to a driver: `"pg"`, `"postgres"`, `"pglite"`, `"mock"`. A database may override it. */
  readonly driver: string
  /** The databases by name, e.g. `source` and `target`. */
  readonly databases: Readonly<Record<string, DatabaseConfiguration>>
  /** The configuration file, if one was found. */
  readonly file?: string | undefined
  /** Settings that are accepted but probably not intended; including those of the databases, each prefixed with the database's name. */
  readonly warnings: readonly ConnectionWarning[]
}

/** One database: its connection and its pool. */
export interface DatabaseConfiguration {
  readonly name: string
  /** The driver's name: the database's own, or the configuration's. */
  readonly driver: string
  /** The resolved connection. Absent for drivers without a network (`mock`, `pglite`) if none was configured. */
  readonly connection?: ConnectionConfig | undefined
  /** For an embedded database (`pglite`): a folder, or `"memory:"`. */
  readonly dataDirectory?: string | undefined
  readonly pool: PoolSettings
}

/**
 * Pool settings of a profile or file, named like the pool's options. Unset ones have the pool's defaults. Times are in milliseconds;
 * `Infinity` means never, in JSON `"Infinity"`.
 */
export interface PoolSettings {
  /** Connections kept open: filled at the start, refilled after a loss. @default the profile's, else 0 */
  readonly min?: number | undefined
  /** Maximum number of connections. @default the profile's, else 5 */
  readonly max?: number | undefined
  /** Timeout of acquire(), in ms, including queueing, validation and connecting. @default 10_000 */
  readonly acquireTimeoutMs?: number | undefined
  /** Timeout of one connection attempt, in ms, including the handshake. @default 5_000 */
  readonly connectTimeoutMs?: number | undefined
  /** Cancels a query on the server after this time, in ms. @default Infinity */
  readonly queryTimeoutMs?: number | undefined
  /** Timeout of the server's response to COMMIT, in ms. @default 60_000, or `queryTimeoutMs` if lower */
  readonly commitTimeoutMs?: number | undefined
  /** Concurrent connection attempts. @default 3 */
  readonly connectConcurrency?: number | undefined
  /** A connection idle for longer, in ms, is validated before it is lent. @default 1_000 */
  readonly validateAfterMs?: number | undefined
  /** Timeout of that validation, in ms. @default 2_000 */
  readonly validateTimeoutMs?: number | undefined
  /** Interval of the check of idle connections, in ms. @default 30_000 */
  readonly healthCheckIntervalMs?: number | undefined
  /** Idle connections above min are closed after this time, in ms; 0 keeps none. @default 60_000 */
  readonly idleTimeoutMs?: number | undefined
  /** A connection is retired at this age, in ms, once it is not leased. @default 1_800_000 */
  readonly maxLifetimeMs?: number | undefined
  /** Each lifetime is shortened by a random fraction, up to this: 0 to 1. @default 0.1 */
  readonly maxLifetimeJitter?: number | undefined
  /** Maximum number of waiting callers; others are rejected immediately. @default Infinity */
  readonly maxWaiting?: number | undefined
  /** What happens to a returned connection: an open transaction is rolled back, the session is reset as well, or nothing is sent. @default "transaction" */
  readonly reset?: "transaction" | "session" | "none" | undefined
  /** Timeout of the reset, in ms, and of a query still running at release. @default 2_000 */
  readonly resetTimeoutMs?: number | undefined
  /** How long an aborted query may take to end, in ms, before its connection is destroyed. @default 2_000 */
  readonly cancelTimeoutMs?: number | undefined
  /** Timeout of closing the pool, in ms. @default 5_000 */
  readonly closeTimeoutMs?: number | undefined
  /** A connection held for longer, in ms, is reported with its borrower's stack. @default the profile's, else Infinity */
  readonly leakThresholdMs?: number | undefined
  /** An idle connection does not keep the process alive. @default true */
  readonly unrefIdle?: boolean | undefined
  /** Maximum number of query() calls that share a connection when all are busy. @default 1 */
  readonly pipelineDepth?: number | "auto" | undefined
  /** Settings of each session, e.g. `{ search_path: "app" }`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined
  /** The kind of connection pooler in front of the server; with `"transaction"`, features that need a dedicated session are rejected. */
  readonly pooler?: "session" | "transaction" | undefined
}
