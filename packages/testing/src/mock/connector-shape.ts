import type { SavepointOptions, Session, Transaction, TransactionOptions } from "@pgsd/driver/calls"
import type { MockPermissionReport, MockPreflightReport, MockSchemaAccess, MockServerFlavour, MockServerVersion } from "./report-shape.ts"

/** The same members as ServerKnowledge of `@pgsd/connector`. */
export interface MockKnowledge {
  getVersion(options?: MockAskOptions): Promise<MockServerVersion>
  getFlavour(options?: MockAskOptions): Promise<MockServerFlavour>
  checkPermissions(options?: MockPermissionOptions): Promise<MockPermissionReport>
  verifySchemaAccess(schema: string, options?: MockAskOptions): Promise<MockSchemaAccess>
}

export interface MockTransaction extends Transaction, MockKnowledge {
  transaction<T>(work: (savepoint: MockTransaction) => T | Promise<T>, options?: SavepointOptions): Promise<T>
}

/**
 * The interface DatabaseConnector of `@pgsd/connector`, redeclared because this package depends only on the driver contract. A test of
 * `@pgsd/manager` checks that the two are compatible.
 */
export interface MockConnectorMembers extends Session, MockKnowledge, AsyncDisposable {
  transaction<T>(work: (transaction: MockTransaction) => T | Promise<T>, options?: TransactionOptions): Promise<T>
  readOnlySnapshot<T>(work: (snapshot: MockTransaction) => T | Promise<T>, options?: MockSnapshotOptions): Promise<T>
  testConnection(options?: MockAskOptions): Promise<boolean>
  preflight(options?: MockPreflightOptions): Promise<MockPreflightReport>
  proveReadOnly(options?: MockAskOptions): Promise<{ readonly proven: boolean; readonly found: string }>
  close(): Promise<void>
}

export interface MockAskOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

export interface MockSnapshotOptions extends MockAskOptions {
  readonly statementTimeoutMs?: number | undefined
  readonly lockTimeoutMs?: number | undefined
  readonly idleInTransactionTimeoutMs?: number | undefined
}

export interface MockPermissionOptions extends MockAskOptions {
  /** @default the mock's schemas */
  readonly schemas?: readonly string[] | undefined
  /** @default "catalog" */
  readonly require?: "catalog" | "usage-and-select" | undefined
  readonly requireLeastPrivilege?: boolean | undefined
}

export interface MockPreflightOptions extends MockPermissionOptions {
  readonly requireVerifiedTls?: boolean | undefined
  readonly allowUnsupported?: boolean | undefined
}
