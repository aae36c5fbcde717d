export type {
  CallOptions,
  ConnectorQueryOptions,
  DatabaseConnector,
  IsolationLevel,
  ReadOnlyProof,
  SnapshotOptions,
  StreamOptions,
  TransactionOptions,
} from "./database-connector.ts"
export { type ConnectAttempt, ConnectAttemptsError, type ConnectorErrorCode } from "./errors.ts"
export type { ConnectionFactory, ConnectionFactoryOptions, OpenOptions } from "./factory/connection-factory.ts"
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
export type {
  DatabaseIdentity,
  PreflightConnection,
  PreflightOptions,
  PreflightReport,
  ServerCapacity,
  TimeoutsInForce,
} from "./preflight/preflight-report.ts"
export type { Flavour, ServerFlavour, ServerSupport, ServerVersion, SupportLevel } from "./version/server-version.ts"
