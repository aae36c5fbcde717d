import type { PoolSettings } from "@pgsd/config"
import type { ConnectionConfig, ConnectionLiteral, Driver } from "@pgsd/driver"

/** The usual names: a comparison has a source and a target. */
export type DefaultName = "source" | "target"

/** The manager's input: the `Configuration` of @pgsd/config, or an object literal with parts of it. */
export interface ManagerConfiguration<Name extends string = DefaultName> {
  readonly databases: Readonly<Record<Name, DatabaseEntry>>
  /** The driver of databases that have none of their own. */
  readonly pool?: PoolSettings | undefined
}

/** How to reach one database; a string is passed to `resolveConnection()` of @pgsd/config: a URI, keywords, or a database's name. */
export type DatabaseConnection = string | ConnectionConfig | ConnectionLiteral

/** One database: its connection, and optionally its pool settings. */
export type DatabaseEntry = DatabaseConnection | DatabaseDescription

export interface DatabaseDescription {
  /** Not needed by a driver without a network. */
  readonly connection?: DatabaseConnection | undefined
  readonly pool?: PoolSettings | undefined
}

/** One driver for all databases, or one by name. */
export type DriverChoice<Name extends string> = Driver | ((name: Name) => Driver)
