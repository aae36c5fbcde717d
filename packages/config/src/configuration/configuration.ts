import type { ConnectionConfig, ConnectionWarning } from "@pgsd/driver"

/** Everything a program needs to open its databases: frozen and complete; its secrets are not printed. */
export interface Configuration {
  /** `"development"`, `"production"`, `"test"`, or a profile of the configuration file. */
  readonly profile: string
  /** A name that the program maps to a driver: `"pg"`, `"postgres"`, `"pglite"`, `"mock"`. A database may override it. */
  readonly driver: string
  /** By name, e.g. `source` and `target`. */
  readonly databases: Readonly<Record<string, DatabaseConfiguration>>
  /** The configuration file, if one was found. */
  readonly file?: string | undefined
  /** Settings that are accepted but probably not intended; including those of the databases, each prefixed with the database's name. */
  readonly warnings: readonly ConnectionWarning[]
}

/** One database: how to reach it and how its pool behaves. */
export interface DatabaseConfiguration {
  readonly name: string
  /** The name of its driver: its own, else the configuration's. */
  readonly driver: string
  /** How to reach it. Absent for drivers without a network (`mock`, `pglite`) when nothing was given. */
  readonly connection?: ConnectionConfig | undefined
  /** For an embedded database (`pglite`): a folder, or `"memory:"`. */
  readonly dataDirectory?: string | undefined
  readonly pool: PoolSettings
}

/**
 * The pool settings of a profile or file, named like the pool's own options; the pool's defaults apply to unset ones.
 * Times are in milliseconds; `Infinity` means never, in JSON `"Infinity"`.
 */
export interface PoolSettings {
  /** Connections kept open: filled at the start, refilled after a loss. @default the profile's, else 0 */
  readonly min?: number | undefined
  /** Connections at most. @default the profile's, else 5 */
  readonly max?: number | undefined
  /** How long acquire() may wait, in ms: queue, check and connect together. @default 10_000 */
  readonly acquireTimeoutMs?: number | undefined
  /** One attempt to connect, in ms, handshake included. @default 5_000 */
  readonly connectTimeoutMs?: number | undefined
  /** Cancels a query on the server after this time, in ms. @default Infinity */
  readonly queryTimeoutMs?: number | undefined
  /** How long the server may take to answer COMMIT, in ms. @default 60_000, or `queryTimeoutMs` when that is less */
  readonly commitTimeoutMs?: number | undefined
  /** Concurrent connection attempts. @default 3 */
  readonly connectConcurrency?: number | undefined
  /** A connection idle for longer, in ms, is validated before it is leased. @default 1_000 */
  readonly validateAfterMs?: number | undefined
  /** Timeout of that validation, in ms. @default 2_000 */
  readonly validateTimeoutMs?: number | undefined
  /** Interval of the check of idle connections, in ms. @default 30_000 */
  readonly healthCheckIntervalMs?: number | undefined
  /** Idle connections above min are closed after this time, in ms; 0 keeps none. @default 60_000 */
  readonly idleTimeoutMs?: number | undefined
  /** A connection is retired at this age, in ms, once it is not leased. @default 1_800_000 */
  readonly maxLifetimeMs?: number | undefined
  /** Each lifetime is shortened by a random part of it, up to this: 0 to 1. @default 0.1 */
  readonly maxLifetimeJitter?: number | undefined
  /** Maximum length of the queue; further callers are refused at once. @default Infinity */
  readonly maxWaiting?: number | undefined
  /** What happens to a returned connection: an open transaction is rolled back, the session is reset as well, or nothing is sent. @default "transaction" */
  readonly reset?: "transaction" | "session" | "none" | undefined
  /** Timeout of the reset, in ms, and of a query that its holder left running. @default 2_000 */
  readonly resetTimeoutMs?: number | undefined
  /** How long an aborted query may take to end, in ms, before its connection is destroyed. @default 2_000 */
  readonly cancelTimeoutMs?: number | undefined
  /** Timeout of closing the pool, in ms. @default 5_000 */
  readonly closeTimeoutMs?: number | undefined
  /** A connection held for longer, in ms, is reported with its borrower's stack. @default the profile's, else Infinity */
  readonly leakThresholdMs?: number | undefined
  /** An idle connection does not keep the process alive. @default true */
  readonly unrefIdle?: boolean | undefined
  /** How many query() calls may share a connection when all are busy. @default 1 */
  readonly pipelineDepth?: number | "auto" | undefined
  /** What each session is set to, e.g. `{ search_path: "app" }`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined
  /** A connection pooler stands in front of the server; in `"transaction"` mode what needs a session of one's own is refused. */
  readonly pooler?: "session" | "transaction" | undefined
}
