import type { ParameterName } from "../parameters/table.ts"
import type { PasswordInput } from "../password/input.ts"
import type { PoolSettings } from "./configuration.ts"

/** A database in a configuration file or in a program's overrides: a connection string, or its parts. */
export type DatabaseInput = string | DatabaseSettings

/** libpq parameters by keyword; a number becomes its decimal digits. */
export type ParametersInput = Readonly<Partial<Record<ParameterName, string | number>>>

export interface DatabaseSettings {
  /** A connection string or libpq parameters by keyword; for an embedded database a folder or `"memory:"`. */
  readonly connection?: string | ParametersInput | undefined
  readonly password?: PasswordInput | undefined
  /** The name of the driver for this database only. */
  readonly driver?: string | undefined
  /** For an embedded database: a folder, or `"memory:"`. */
  readonly dataDirectory?: string | undefined
  readonly pool?: PoolSettings | undefined
}

/** Settings that can differ between environments. */
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

/** Settings from a command line. A connection given as parameters is merged over one from elsewhere; a string replaces it. */
export interface ConfigurationOverrides extends ProfileInput {
  readonly profile?: string | undefined
}

/** Returns its argument, for type checks: `export default defineConfig({ … })` in a configuration file. */
export function defineConfig(configuration: ConfigurationInput): ConfigurationInput {
  return configuration
}
