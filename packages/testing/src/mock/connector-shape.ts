import type { ConnectionInfo, ConnectionStatus, QueryOptions, QueryResult, Row } from "@pgsd/driver"
import type { FakeConnection } from "../fake/fake-connection.ts"
import type { MockPermissionReport, MockPreflightReport, MockSchemaAccess, MockServerFlavour, MockServerVersion } from "./report-shape.ts"

/**
 * The interface DatabaseConnector of `@pgsd/connector`, member by member: declared here because this package depends on
 * the driver contract alone. A test of `@pgsd/manager` proves that the one can stand for the other.
 */
export interface MockConnectorMembers extends AsyncDisposable {
  readonly connection: FakeConnection
  readonly info: ConnectionInfo
  readonly status: ConnectionStatus
  query<R = Row>(sql: string, params?: readonly unknown[], options?: MockQueryOptions): Promise<QueryResult<R>>
  /** @throws PgsdError PGSD_NOT_ONE_ROW when there is none or more than one. */
  one<R = Row>(sql: string, params?: readonly unknown[], options?: MockQueryOptions): Promise<R>
  stream<R = Row>(sql: string, params?: readonly unknown[], options?: MockStreamOptions): AsyncIterableIterator<R> & AsyncDisposable
  transaction<T>(work: (transaction: MockConnectorMembers) => Promise<T>, options?: MockTransactionOptions): Promise<T>
  readOnlySnapshot<T>(work: (snapshot: MockConnectorMembers) => Promise<T>, options?: MockSnapshotOptions): Promise<T>
  getVersion(): Promise<MockServerVersion>
  getFlavour(options?: MockCallOptions): Promise<MockServerFlavour>
  checkPermissions(options?: MockPermissionOptions): Promise<MockPermissionReport>
  verifySchemaAccess(schema: string, options?: MockCallOptions): Promise<MockSchemaAccess>
  testConnection(options?: MockCallOptions & { readonly timeoutMs?: number | undefined }): Promise<boolean>
  preflight(options?: MockPreflightOptions): Promise<MockPreflightReport>
  proveReadOnly(options?: MockCallOptions): Promise<{ readonly proven: boolean; readonly found: string }>
  close(): Promise<void>
}

export interface MockCallOptions {
  readonly signal?: AbortSignal | undefined
}

export interface MockQueryOptions extends QueryOptions {
  /** @default Infinity */
  readonly timeoutMs?: number | undefined
  /** @default Infinity */
  readonly maxRows?: number | undefined
}

export interface MockStreamOptions extends Omit<QueryOptions, "prepare"> {
  /** Checked; the mock has all rows at once. @default 1000 */
  readonly batchSize?: number | undefined
  /** @default Infinity */
  readonly timeoutMs?: number | undefined
}

export interface MockTransactionOptions {
  readonly isolation?: "read committed" | "repeatable read" | "serializable" | undefined
  readonly readOnly?: boolean | undefined
  readonly deferrable?: boolean | undefined
  /** How often to run `work` again after 40001 or 40P01. @default 0 */
  readonly retries?: number | undefined
  readonly settings?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
}

export interface MockSnapshotOptions {
  readonly statementTimeoutMs?: number | undefined
  readonly lockTimeoutMs?: number | undefined
  readonly idleInTransactionTimeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface MockPermissionOptions extends MockCallOptions {
  /** @default the mock's schemas */
  readonly schemas?: readonly string[] | undefined
  /** @default "catalog" */
  readonly require?: "catalog" | "usage-and-select" | undefined
  readonly requireLeastPrivilege?: boolean | undefined
}

export interface MockPreflightOptions extends MockPermissionOptions {
  readonly requireVerifiedTls?: boolean | undefined
  readonly timeoutMs?: number | undefined
  readonly allowUnsupported?: boolean | undefined
}
