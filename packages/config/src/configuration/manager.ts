import type { Io } from "../io.ts"
import { refuseNonFunctions, refuseUnknown } from "../parameters/unknown-option.ts"
import { completeIo } from "../resolve/layers.ts"
import { assemble } from "./assemble.ts"
import { checkOverrides, wrongType } from "./check-overrides.ts"
import type { Configuration } from "./configuration.ts"
import { readEnvironment } from "./environment.ts"
import { loadConfigurationFile } from "./find-file.ts"
import type { ConfigurationOverrides } from "./input.ts"

export interface ConfigurationManagerOptions {
  /** Where the search for `pgsd.config.*` starts; it goes up to the root of the file system. @default process.cwd() */
  readonly cwd?: string | undefined
  /** `{}` isolates from all variables. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Settings from the command line; they override the environment, which overrides the file. */
  readonly overrides?: ConfigurationOverrides | undefined
  /**
   * Names of the overrides' sources, such as command-line options, for errors and explainConnection. Keys: `"profile"`, `"connection"`,
   * `"databases.<name>"`.
   *
   * @default "override", and "override, databases.<name>"
   */
  readonly overrideSource?: ((setting: string) => string) | undefined
  /** Reads this file instead of searching; `false` reads none. */
  readonly file?: string | false | undefined
  /** Reads PGPASSWORD_FILE, which containers set and libpq does not support. @default false */
  readonly envFiles?: boolean | undefined
  /** For tests: the file system, the user, the platform. */
  readonly io?: Partial<Io> | undefined
}

/** Finds, reads and checks the configuration of a program. */
export interface ConfigurationManager {
  /**
   * Returns the configuration: read on the first call, then the same frozen object. A failure is not cached: the next call reads again.
   *
   * @throws ConfigError with every problem found
   */
  getConfiguration(): Promise<Configuration>
}

const KNOWN: Readonly<Record<keyof ConfigurationManagerOptions, true>> = {
  cwd: true,
  env: true,
  overrides: true,
  overrideSource: true,
  file: true,
  envFiles: true,
  io: true,
}

/**
 * Creates a configuration manager. Precedence, lowest first: built-in profile, file, environment, overrides. Parsing `argv` is left to a
 * command-line library, whose results are passed as `overrides`.
 */
export function createConfigurationManager(options: ConfigurationManagerOptions = {}): ConfigurationManager {
  refuseUnknown(options, Object.keys(KNOWN), "option of createConfigurationManager")
  refuseNonFunctions(options, ["overrideSource"])
  const { file } = options
  if (file !== undefined && file !== false && typeof file !== "string") throw wrongType("file", "a path, or false for none")
  checkOverrides(options.overrides ?? {})
  let configuration: Promise<Configuration> | undefined
  return {
    getConfiguration() {
      configuration ??= read(options).catch((error: unknown) => {
        configuration = undefined
        throw error
      })
      return configuration
    },
  }
}

async function read(options: ConfigurationManagerOptions): Promise<Configuration> {
  const { cwd = process.cwd(), env = process.env, overrides = {}, overrideSource = plainSource, file, envFiles = false, io } = options
  const found = file === false ? undefined : await loadConfigurationFile(cwd, file)
  const environment = await readEnvironment(env, completeIo(io))
  return assemble({ file: found, env, environment, overrides, overrideSource, envFiles, io })
}

function plainSource(setting: string): string {
  return setting.startsWith("databases.") ? `override, ${setting}` : "override"
}
