import { resolve } from "node:path"
import {
  type Configuration,
  type ConfigurationOverrides,
  createConfigurationManager,
  type DatabaseConfiguration,
  type PoolSettings,
} from "@pgsd/config"
import type { Driver } from "@pgsd/driver"
import { createDatabaseManager, type DatabaseManager } from "@pgsd/manager"
import { type ConnectionPool, createConnectionPool } from "@pgsd/pool"
import type { CommonOptions } from "../cli/options.ts"
import { loadDriver } from "../drivers.ts"
import { ProgramError } from "../errors.ts"
import { refuseSnapshots } from "./snapshot-file.ts"

/** A short-lived program with sequential queries. */
const ONE_CONNECTION = { min: 0, max: 1 } as const

/** The configuration, overridden by the command line. */
export function readConfiguration(options: CommonOptions, pool: PoolSettings = ONE_CONNECTION): Promise<Configuration> {
  refuseSnapshots(options)
  const { source, target, profile, driver, config } = options
  const databases = { ...(source !== undefined && { source }), ...(target !== undefined && { target }) }
  const overrides: ConfigurationOverrides = {
    profile,
    driver,
    databases,
    connection: { fallback_application_name: "pgsd" },
    pool,
  }
  return createConfigurationManager({ overrides, overrideSource: optionOf, file: config }).getConfiguration()
}

/** The given option; "pgsd" for what the program itself sets. */
function optionOf(setting: string): string {
  const [first, name] = setting.split(".")
  return first === "profile" ? "--profile" : first === "databases" ? `--${name}` : "pgsd"
}

/**
 * Opens a manager over the named databases while `work` runs; everything is closed afterwards, whatever happens.
 *
 * @throws ProgramError PGSD_SIDE_MISSING when one of them is not configured
 */
export async function withDatabaseManager<Name extends string, T>(
  configuration: Configuration,
  names: readonly Name[],
  work: (manager: DatabaseManager<Name>) => Promise<T>,
): Promise<T> {
  return withDrivers(configuration, names, async (databases, driver) => {
    // As psql: one attempt, bounded by connect_timeout. The user can run the command again.
    const manager = createDatabaseManager<Name>({ databases }, { driver, retry: { maxAttempts: 1 }, lazy: true })
    try {
      return await work(manager)
    } finally {
      await manager.closeAll()
    }
  })
}

/**
 * The same with a pool for each, which opens connections on demand.
 *
 * @throws ProgramError PGSD_SIDE_MISSING when one of them is not configured
 */
export async function withPools<T>(
  configuration: Configuration,
  names: readonly string[],
  work: (pools: readonly ConnectionPool[]) => Promise<T>,
): Promise<T> {
  return withDrivers(configuration, names, async (databases, driver) => {
    const pools = names.map((name) => {
      const { connection, pool } = databases[name]!
      return createConnectionPool({ driver: driver(name), connection, ...pool, label: name })
    })
    try {
      return await work(pools)
    } finally {
      await Promise.all(pools.map((pool) => pool.close()))
    }
  })
}

async function withDrivers<Name extends string, T>(
  configuration: Configuration,
  names: readonly Name[],
  work: (databases: Readonly<Record<Name, DatabaseConfiguration>>, driver: (name: Name) => Driver) => Promise<T>,
): Promise<T> {
  const databases = Object.fromEntries(names.map((name) => [name, requireDatabase(configuration, name)])) as Record<
    Name,
    DatabaseConfiguration
  >
  refuseSharedFolder(Object.values<DatabaseConfiguration>(databases))
  const drivers = new Map(await Promise.all(names.map(async (name) => [name, await loadDriver(databases[name])] as const)))
  try {
    return await work(databases, (name) => drivers.get(name)!)
  } finally {
    // An embedded database belongs to its driver.
    for (const driver of drivers.values()) if (isDisposable(driver)) await driver[Symbol.asyncDispose]()
  }
}

/**
 * The names of the configured databases.
 *
 * @param what the command's action, as a verb
 * @throws ProgramError PGSD_SIDE_MISSING when there are none
 */
export function requireDatabases({ databases }: Configuration, what: string): readonly string[] {
  const names = Object.keys(databases)
  if (names.length > 0) return names
  throw new ProgramError("PGSD_SIDE_MISSING", `there is nothing to ${what}: no database is given`, {
    hint: "--source postgresql://user@host/database, or see pgsd --help",
  })
}

function requireDatabase({ databases, file }: Configuration, name: string): DatabaseConfiguration {
  const database = databases[name]
  if (database !== undefined) return database
  const where = file === undefined ? "" : `, and "${file}" has no databases.${name}`
  throw new ProgramError(
    "PGSD_SIDE_MISSING",
    `there is no ${name}: neither --${name} nor PGSD_${name.toUpperCase()}_URL is given${where}`,
    {
      hint: `--${name} postgresql://user@host/database`,
    },
  )
}

// Only one running database may use a folder, and an embedded one does not check for another.
function refuseSharedFolder(databases: readonly DatabaseConfiguration[]): void {
  const folders = databases.flatMap(({ dataDirectory = "memory:" }) => (dataDirectory === "memory:" ? [] : [resolve(dataDirectory)]))
  const shared = folders.find((folder, at) => folders.indexOf(folder) !== at)
  if (shared !== undefined) throw new ProgramError("PGSD_SAME_FOLDER", `two databases cannot be opened in one folder: "${shared}"`)
}

function isDisposable(value: object): value is AsyncDisposable {
  return Symbol.asyncDispose in value
}
