import type { PoolSettings } from "@pgsd/config"
import { type Driver, PgsdError, refuseUnknownOptions } from "@pgsd/driver"
import type { DatabaseConnection, DatabaseDescription, DatabaseEntry, DriverChoice, ManagerConfiguration } from "./configuration.ts"

/** One database, normalised from all accepted forms. */
export interface Entry<Name extends string> {
  readonly name: Name
  readonly driver: Driver
  readonly connection: DatabaseConnection | undefined
  readonly pool: PoolSettings
}

// Besides the manager's: keys of @pgsd/config's Configuration that are for the program.
const CONFIGURATION_KEYS = ["databases", "pool", "profile", "driver", "file", "warnings"]
const DESCRIPTION_KEYS = ["connection", "pool", "name", "driver", "dataDirectory"]

/** @throws PgsdError PGSD_INVALID_OPTION for anything that does not describe a database */
export function entriesOf<Name extends string>(configuration: ManagerConfiguration<Name>, driver: DriverChoice<Name>): Entry<Name>[] {
  if (typeof configuration?.databases !== "object" || configuration.databases === null)
    throw new PgsdError("PGSD_INVALID_OPTION", "a manager needs a configuration with databases", {
      hint: "{ databases: { source: { host, user, … }, target: … } }, or the result of @pgsd/config's getConfiguration()",
    })
  refuseUnknownOptions("key of a manager's configuration", configuration, CONFIGURATION_KEYS)
  const entries = Object.entries(configuration.databases) as [Name, DatabaseEntry][]
  if (entries.length === 0) throw new PgsdError("PGSD_INVALID_OPTION", "a manager needs at least one database: `databases` is empty")
  return entries.map(([name, entry]) => ({ name, driver: driverFor(name, driver), ...settingsOf(name, entry, configuration.pool ?? {}) }))
}

function driverFor<Name extends string>(name: Name, choice: DriverChoice<Name>): Driver {
  const driver = typeof choice === "function" ? choice(name) : choice
  if (typeof driver?.connect === "function") return driver
  throw new PgsdError("PGSD_INVALID_OPTION", `database "${name}" has no driver`, {
    label: name,
    hint: "give one driver for all, e.g. pgDriver() of @pgsd/driver-pg, or a function of the database's name",
  })
}

function settingsOf(name: string, entry: DatabaseEntry, pool: PoolSettings) {
  if (typeof entry === "string") return { connection: entry, pool }
  if (typeof entry !== "object" || entry === null)
    throw new PgsdError("PGSD_INVALID_OPTION", `database "${name}" must be a connection string or an object`, {
      label: name,
      hint: entry === undefined ? "is the environment variable set?" : undefined,
    })
  if (!isDescription(entry)) return { connection: labelled(name, entry), pool }
  refuseUnknownOptions(`key of database "${name}"`, entry, DESCRIPTION_KEYS)
  const { connection } = entry
  return { connection: connection === undefined ? undefined : labelled(name, connection), pool: { ...pool, ...entry.pool } }
}

function isDescription(entry: Exclude<DatabaseEntry, string>): entry is DatabaseDescription {
  return !("hosts" in entry) && !("host" in entry)
}

// Errors and diagnostics use the program's name of a database.
function labelled(name: string, connection: DatabaseConnection): DatabaseConnection {
  return typeof connection === "string" ? connection : { ...connection, label: name }
}
