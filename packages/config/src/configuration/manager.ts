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
  /** `{}` is hermetic: no variable has any influence. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Settings of the command line; they override the environment, which overrides the file. */
  readonly overrides?: ConfigurationOverrides | undefined
  /**
   * The name of an override in errors and explainConnection, by `"profile"`, `"connection"` or `"databases.<name>"`: the option of the command line that gave it.
   *
   * @default "override", and "override, databases.<name>"
   */
  readonly overrideSource?: ((setting: string) => string) | undefined
  /** This file instead of a search; `false` reads none. */
  readonly file?: string | false | undefined
  /** Read PGPASSWORD_FILE, which containers set and libpq does not know. @default false */
  readonly envFiles?: boolean | undefined
  /** For tests: the file system, the user, the platform. */
  readonly io?: Partial<Io> | undefined
}

/** Finds, reads and checks the configuration of a program. */
export interface ConfigurationManager {
  /**
   * The configuration, read on the first call, afterwards the same frozen object. A failure is not cached: the next call reads again.
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
 * A configuration manager over the built-in profile, the file, the environment and the overrides, each stronger than the one
 * before. A command-line library parses `argv`; its results are passed as `overrides`.
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
