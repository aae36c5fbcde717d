import type { MockPermissionOptions, MockPreflightOptions, MockQueryOptions, MockStreamOptions } from "./connector-shape.ts"

// The names that the real connector takes: a misspelt one must fail over the mock as well.
export const QUERY_OPTIONS = ["signal", "timeoutMs", "maxRows", "prepare", "types"] as const satisfies readonly (keyof MockQueryOptions)[]
export const STREAM_OPTIONS = ["batchSize", "timeoutMs", "signal", "types"] as const satisfies readonly (keyof MockStreamOptions)[]
export const TRANSACTION_OPTIONS = ["isolation", "readOnly", "deferrable", "retries", "settings", "signal"] as const
export const ISOLATION_LEVELS = ["read committed", "repeatable read", "serializable"]
export const SNAPSHOT_OPTIONS = ["statementTimeoutMs", "lockTimeoutMs", "idleInTransactionTimeoutMs", "signal"] as const
export const PERMISSION_OPTIONS = [
  "schemas",
  "require",
  "requireLeastPrivilege",
  "signal",
] as const satisfies readonly (keyof MockPermissionOptions)[]
export const PREFLIGHT_OPTIONS = [
  ...PERMISSION_OPTIONS,
  "requireVerifiedTls",
  "timeoutMs",
  "allowUnsupported",
] as const satisfies readonly (keyof MockPreflightOptions)[]
