import type { Parameters } from "../parameters/table.ts"
import type { PasswordInput } from "../password/input.ts"
import type { PoolSettings } from "./configuration.ts"

/** A database as a configuration file or a program writes it: a connection string, or the parts. */
export type DatabaseInput = string | DatabaseSettings

export interface DatabaseSettings {
  /** A connection string, libpq parameters by keyword, or `"memory:"` for an embedded database. */
  readonly connection?: string | Parameters | undefined
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
  readonly connection?: Parameters | undefined
  readonly pool?: PoolSettings | undefined
  readonly databases?: Readonly<Record<string, DatabaseInput>> | undefined
}

/** A configuration file (`pgsd.config.json`, `.js`, `.mjs`, `.cjs`, `.ts`). */
export interface ConfigurationInput extends ProfileInput {
  readonly $schema?: string | undefined
  /** The profile when neither the program nor `PGSD_PROFILE` names one. @default "development" */
  readonly profile?: string | undefined
  readonly profiles?: Readonly<Record<string, ProfileInput>> | undefined
}

/** What a command line gives; a connection given as parameters is merged over the one found elsewhere, a string replaces it. */
export interface ConfigurationOverrides extends ProfileInput {
  readonly profile?: string | undefined
}
