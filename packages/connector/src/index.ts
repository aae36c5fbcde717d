export type { AskOptions } from "./askable.ts"
export { createDatabaseConnector, type DatabaseConnectorOptions } from "./create-database-connector.ts"
export type {
  ConnectorTransaction,
  DatabaseConnector,
  ReadOnlyProof,
  ServerKnowledge,
  SnapshotOptions,
  TestConnectionOptions,
} from "./database-connector.ts"
export type { ConnectorErrorCode } from "./errors.ts"
export type { Finding, FindingLevel, NameList } from "./finding.ts"
export type {
  CheckPermissionsOptions,
  DatabasePermissions,
  HiddenPart,
  PermissionReport,
  ReadOnlyState,
  RelationCounts,
  RoleMembership,
  RolePermissions,
  SchemaAccess,
  SchemaPermissions,
} from "./permissions/permission-report.ts"
export type { PreflightContext } from "./preflight/connection-findings.ts"
export { preflight } from "./preflight/preflight.ts"
export type {
  DatabaseIdentity,
  PreflightConnection,
  PreflightOptions,
  PreflightReport,
  ServerCapacity,
  TimeoutsInForce,
} from "./preflight/preflight-report.ts"
export { type CheckedRetryPolicy, checkRetryPolicy, type RetryFailure, type RetryPolicy, retry } from "./retry.ts"
export { PRINTING_SETTINGS } from "./snapshot.ts"
export { type CatalogGates, catalogGates } from "./version/gates.ts"
export { parseServerVersion } from "./version/parse-server-version.ts"
export type { Flavour, ServerFlavour, ServerSupport, ServerVersion, SupportLevel } from "./version/server-version.ts"
export { supportOf } from "./version/support.ts"
