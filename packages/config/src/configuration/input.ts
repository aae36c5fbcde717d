import type { ParameterName } from "../parameters/table.ts"
import type { PasswordInput } from "../password/input.ts"
import type { PoolSettings } from "./configuration.ts"

/** A database as a configuration file or a program writes it: a connection string, or the parts. */
export type DatabaseInput = string | DatabaseSettings

/** libpq parameters by keyword; a number is taken as its digits. */
export type ParametersInput = Readonly<Partial<Record<ParameterName, string | number>>>

export interface DatabaseSettings {
  /** A connection string or libpq parameters by keyword; for an embedded database a folder or `"memory:"`. */
  readonly connection?: string | ParametersInput | undefined
  readonly password?: PasswordInput | undefined
  /** The name of the driver for this database alone. */
  readonly driver?: string | undefined
  /** A folder, or `"memory:"`, for an embedded database. */
  readonly dataDirectory?: string | undefined
  readonly pool?: PoolSettings | undefined
}

/** What may differ per environment. */
export interface ProfileInput {
  readonly driver?: string | undefined
  /** libpq parameters for every database that does not set them itself, e.g. `{ sslmode: "verify-full" }`. */
  readonly connection?: ParametersInput | undefined
  readonly pool?: PoolSettings | undefined
  readonly databases?: Readonly<Record<string, DatabaseInput>> | undefined
}

/** A configuration file (`pgsd.config.json`, `.js`, `.mjs`, `.cjs`, `.ts`, `.mts`). */
export interface ConfigurationInput extends ProfileInput {
  readonly $schema?: string | undefined
  /** The profile when neither the program nor `PGSD_PROFILE` names one. @default "development" */
  readonly profile?: string | undefined
  readonly profiles?: Readonly<Record<string, ProfileInput>> | undefined
}

/** What a command line gives. A connection given as parameters is laid over the one found elsewhere, a string replaces it. */
export interface ConfigurationOverrides extends ProfileInput {
  readonly profile?: string | undefined
}

/** The same object, with its type checked: for `export default defineConfig({ … })` in a configuration file. */
export function defineConfig(configuration: ConfigurationInput): ConfigurationInput {
  return configuration
}
