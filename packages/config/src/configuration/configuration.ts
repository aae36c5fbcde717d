import type { ConnectionConfig, ConnectionWarning } from "@pgsd/driver"

/** Everything a program needs to open its databases: frozen, complete, without secrets that print. */
export interface Configuration {
  /** `"development"`, `"production"`, `"test"`, or a profile of the configuration file. */
  readonly profile: string
  /** A name that the program maps to a driver: `"pg"`, `"postgres"`, `"pglite"`, `"mock"`. A database may have its own. */
  readonly driver: string
  /** By name: `source`, `target` and any other. */
  readonly databases: Readonly<Record<string, DatabaseConfiguration>>
  /** The configuration file, where one was found. */
  readonly file?: string | undefined
  /** What was accepted but probably not meant; those of the databases included, each prefixed with the database's name. */
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
 * What a profile or a file says about a pool, by the names of the pool's own options; the pool's defaults apply to what is not set.
 * Times are in milliseconds; `Infinity` is "never", which JSON writes as `"Infinity"`.
 */
export interface PoolSettings {
  readonly min?: number | undefined
  readonly max?: number | undefined
  readonly acquireTimeoutMs?: number | undefined
  readonly connectTimeoutMs?: number | undefined
  readonly queryTimeoutMs?: number | undefined
  readonly connectConcurrency?: number | undefined
  readonly validateAfterMs?: number | undefined
  readonly validateTimeoutMs?: number | undefined
  readonly healthCheckIntervalMs?: number | undefined
  readonly idleTimeoutMs?: number | undefined
  readonly maxLifetimeMs?: number | undefined
  readonly maxWaiting?: number | undefined
  readonly reset?: "transaction" | "session" | "none" | undefined
  readonly resetTimeoutMs?: number | undefined
  readonly cancelTimeoutMs?: number | undefined
  readonly closeTimeoutMs?: number | undefined
  readonly leakThresholdMs?: number | undefined
}
