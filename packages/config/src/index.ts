export type { Configuration, DatabaseConfiguration, PoolSettings } from "./configuration/configuration.ts"
export {
  type ConfigurationInput,
  type ConfigurationOverrides,
  type DatabaseInput,
  type DatabaseSettings,
  defineConfig,
  type ParametersInput,
  type ProfileInput,
} from "./configuration/input.ts"
export { type ConfigurationManager, type ConfigurationManagerOptions, createConfigurationManager } from "./configuration/manager.ts"
export { ConfigError, type ConfigErrorCode, type ConfigIssue } from "./errors.ts"
export { type ReadFileOptions, readRegularFile } from "./files.ts"
export type { FileFacts, Io, OsUser } from "./io.ts"
export {
  PARAMETERS,
  type ParameterDescriptor,
  type ParameterEffect,
  type ParameterName,
  type Parameters,
} from "./parameters/table.ts"
export { parseConnectionString } from "./parse/connection-string.ts"
export { type FormatOptions, formatConnectionString } from "./parse/format.ts"
export type {
  CachedPasswordProvider,
  ExpiringPassword,
  PasswordCommand,
  PasswordEnvironment,
  PasswordFile,
  PasswordInput,
  PasswordKeyring,
  PasswordProvider,
  PasswordRequest,
} from "./password/input.ts"
export { type ExplainedSetting, explainConnection } from "./resolve/explain.ts"
export type { Environment } from "./resolve/home.ts"
export type { ProfileLayer, ResolveOptions } from "./resolve/options.ts"
export { resolveConnection } from "./resolve/resolve.ts"
