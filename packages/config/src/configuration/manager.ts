import type { Io } from "../io.ts"
import type { Configuration } from "./configuration.ts"
import type { ConfigurationOverrides } from "./input.ts"

export interface ConfigurationManagerOptions {
  /** Where the search for `pgsd.config.*` starts; it goes up to the root of the file system. @default process.cwd() */
  readonly cwd?: string | undefined
  /** `{}` is hermetic: no variable has any influence. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** What the command line said; beats the environment, which beats the file. */
  readonly overrides?: ConfigurationOverrides | undefined
  /** This file instead of a search; `false` reads none. */
  readonly file?: string | false | undefined
  /** For tests: the file system, the user, the platform. */
  readonly io?: Partial<Io> | undefined
}

/** Finds, reads and checks the configuration of a program. */
export interface ConfigurationManager {
  /**
   * The configuration, read on the first call and the same frozen object afterwards. A failure is not kept: the next call reads again.
   *
   * @throws ConfigError with every problem found
   */
  getConfiguration(): Promise<Configuration>
}

/** A configuration manager over the files from `cwd` upwards, the environment and the overrides, in rising order of precedence. */
export function createConfigurationManager(options: ConfigurationManagerOptions = {}): ConfigurationManager {
  void options
  return {
    getConfiguration: () => Promise.reject(new Error("not written yet")),
  }
}
