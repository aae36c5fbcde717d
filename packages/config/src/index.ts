export type { Configuration, DatabaseConfiguration, PoolSettings } from "./configuration/configuration.ts"
export type { ConfigurationInput, ConfigurationOverrides, DatabaseInput, DatabaseSettings, ProfileInput } from "./configuration/input.ts"
export { type ConfigurationManager, type ConfigurationManagerOptions, createConfigurationManager } from "./configuration/manager.ts"
export type { FileFacts, Io, OsUser } from "./io.ts"
export {
  PARAMETERS,
  type ParameterDescriptor,
  type ParameterEffect,
  type ParameterName,
  type Parameters,
} from "./parameters/table.ts"
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
