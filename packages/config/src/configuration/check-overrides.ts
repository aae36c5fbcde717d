import { ConfigError } from "../errors.ts"
import { refuseUnknown } from "../parameters/unknown-option.ts"
import { wrongShape } from "../parameters/wrong-shape.ts"
import type { PoolSettings } from "./configuration.ts"
import type { ConfigurationOverrides, DatabaseSettings } from "./input.ts"

const OVERRIDES: Readonly<Record<keyof ConfigurationOverrides, true>> = {
  profile: true,
  driver: true,
  connection: true,
  pool: true,
  databases: true,
}

const DATABASE: Readonly<Record<keyof DatabaseSettings, true>> = {
  connection: true,
  password: true,
  driver: true,
  dataDirectory: true,
  pool: true,
}

const POOL: Readonly<Record<keyof PoolSettings, true>> = {
  min: true,
  max: true,
  acquireTimeoutMs: true,
  connectTimeoutMs: true,
  queryTimeoutMs: true,
  commitTimeoutMs: true,
  connectConcurrency: true,
  validateAfterMs: true,
  validateTimeoutMs: true,
  healthCheckIntervalMs: true,
  idleTimeoutMs: true,
  maxLifetimeMs: true,
  maxLifetimeJitter: true,
  maxWaiting: true,
  reset: true,
  resetTimeoutMs: true,
  cancelTimeoutMs: true,
  closeTimeoutMs: true,
  leakThresholdMs: true,
  unrefIdle: true,
  pipelineDepth: true,
  settings: true,
  pooler: true,
}

/**
 * Rejects unknown names in the program's overrides. Not by the schema that checks a file: loading the schema library would slow down every
 * start. Values are checked where they are used.
 *
 * @throws ConfigError PGSD_CONFIG_UNKNOWN_KEY, PGSD_CONFIG_INVALID_VALUE
 */
export function checkOverrides(overrides: ConfigurationOverrides): void {
  refuseUnknown(overrides, Object.keys(OVERRIDES), "override")
  refuseUnknown(overrides.pool ?? {}, Object.keys(POOL), "pool setting")
  if (overrides.connection !== undefined && wrongShape(overrides.connection) !== undefined)
    throw wrongType("connection", "libpq parameters by keyword")
  for (const [name, database] of Object.entries(overrides.databases ?? {})) {
    if (typeof database === "string") continue
    if (wrongShape(database) !== undefined) throw wrongType(`databases.${name}`, "a connection string or an object")
    refuseUnknown(database, Object.keys(DATABASE), "setting of a database")
    refuseUnknown(database.pool ?? {}, Object.keys(POOL), "pool setting")
    const { connection } = database
    if (connection !== undefined && typeof connection !== "string" && wrongShape(connection) !== undefined)
      throw wrongType(`databases.${name}.connection`, "a connection string or libpq parameters by keyword")
  }
}

export function wrongType(key: string, wanted: string): ConfigError {
  return new ConfigError([{ code: "PGSD_CONFIG_INVALID_VALUE", key, message: `${key} must be ${wanted}`, source: "override" }])
}
