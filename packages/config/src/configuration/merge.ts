import type { Parameters } from "../parameters/table.ts"
import type { ProfileLayer } from "../resolve/options.ts"
import type { PoolSettings } from "./configuration.ts"
import type { DatabaseInput, DatabaseSettings, ParametersInput, ProfileInput } from "./input.ts"

/** One layer of a configuration, with a description of its source. */
export interface ConfigurationLayer {
  readonly source: string
  /** The source applies to one database only: a variable. */
  readonly isSpecific?: boolean | undefined
  readonly profile: ProfileInput
}

/** A database after all layers: the strongest connection string, and the parameters that override it. */
interface MergedDatabase {
  readonly connection: string | undefined
  readonly connectionSource: string | undefined
  /** Parameters that override the string, strongest first. */
  readonly parameters: readonly ProfileLayer[]
  readonly password: DatabaseSettings["password"]
  readonly driver: string | undefined
  readonly dataDirectory: string | undefined
  readonly pool: PoolSettings
}

/** Merges the layers' settings of one database, weakest first. */
export function mergeDatabase(name: string, layers: readonly ConfigurationLayer[]): MergedDatabase {
  let merged: MergedDatabase = {
    connection: undefined,
    connectionSource: undefined,
    parameters: [],
    password: undefined,
    driver: undefined,
    dataDirectory: undefined,
    pool: {},
  }
  for (const { source, isSpecific, profile } of layers) {
    const input = profile.databases?.[name]
    if (input !== undefined) merged = overlay(merged, settingsOf(input), isSpecific ? source : `${source}, databases.${name}`)
  }
  return merged
}

function overlay(below: MergedDatabase, settings: DatabaseSettings, source: string): MergedDatabase {
  const { connection, password, driver, dataDirectory, pool } = settings
  // An empty string on a command line means "not given", as for psql's options; a file's schema rejects one.
  const replaced = typeof connection === "string" && connection !== ""
  const added = typeof connection === "object" ? [{ source, parameters: toStrings(connection) }] : []
  return {
    connection: replaced ? connection : below.connection,
    connectionSource: replaced ? source : below.connectionSource,
    // A new string is a new address: the weaker layers' parameters belonged to the old one.
    parameters: replaced ? [] : [...added, ...below.parameters],
    password: password ?? (replaced ? undefined : below.password),
    driver: driver ?? below.driver,
    dataDirectory: dataDirectory ?? (replaced ? undefined : below.dataDirectory),
    pool: { ...below.pool, ...numbersOf(pool) },
  }
}

function settingsOf(input: DatabaseInput): DatabaseSettings {
  return typeof input === "string" ? { connection: input } : input
}

/** Converts numbers, which a file may contain, to libpq's strings. */
export function toStrings(parameters: ParametersInput): Parameters {
  const entries = Object.entries(parameters).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([key, value]) => [key, typeof value === "number" ? String(value) : value]))
}

/** Converts JSON's `"Infinity"` to a number. */
export function numbersOf(pool: PoolSettings | undefined): PoolSettings {
  const entries = Object.entries(pool ?? {}).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([key, value]) => [key, (value as unknown) === "Infinity" ? Number.POSITIVE_INFINITY : value]))
}
