import type { PoolSettings } from "@pgsd/config"
import type { ConnectionConfig, ConnectionLiteral, Driver } from "@pgsd/driver"

/** The names of the original design: a comparison has a source and a target. */
export type DefaultName = "source" | "target"

/** The manager's input: the `Configuration` of @pgsd/config, or an object literal with parts of it. */
export interface ManagerConfiguration<Name extends string = DefaultName> {
  readonly databases: Readonly<Record<Name, DatabaseEntry>>
  /** For every database that does not set its own. */
  readonly pool?: PoolSettings | undefined
}

/** How to reach one database; a string is passed to `resolveConnection()` of @pgsd/config: a URI, keywords, or a database's name. */
export type DatabaseConnection = string | ConnectionConfig | ConnectionLiteral

/** One database: how to reach it, optionally with the settings of its pool. */
export type DatabaseEntry = DatabaseConnection | DatabaseDescription

export interface DatabaseDescription {
  /** Not needed by a driver without a network. */
  readonly connection?: DatabaseConnection | undefined
  readonly pool?: PoolSettings | undefined
}

/** One driver for all, or one for each name. */
export type DriverChoice<Name extends string> = Driver | ((name: Name) => Driver)
