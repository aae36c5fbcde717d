import type { Session, Transaction, TransactionOptions } from "@pgsd/driver/session"
import type { AskOptions } from "./askable.ts"
import type { CheckPermissionsOptions, PermissionReport, SchemaAccess } from "./permissions/permission-report.ts"
import type { PreflightOptions, PreflightReport } from "./preflight/preflight-report.ts"
import type { ServerFlavour, ServerVersion } from "./version/server-version.ts"

/** What a tool asks of a server. Each call rejects when its `signal` fires or a question takes longer than its `timeoutMs`. */
export interface ServerKnowledge {
  /** From ParameterStatus, without a round trip; a server that reports none is asked once. */
  getVersion(options?: AskOptions): Promise<ServerVersion>
  /** One round trip the first time; causes no ERROR in the server's log. */
  getFlavour(options?: AskOptions): Promise<ServerFlavour>
  /** One round trip. */
  checkPermissions(options?: CheckPermissionsOptions): Promise<PermissionReport>
  /** One round trip. */
  verifySchemaAccess(schema: string, options?: AskOptions): Promise<SchemaAccess>
}

/** A transaction of a connector. */
export interface ConnectorTransaction extends Transaction, ServerKnowledge {
  transaction<T>(work: (savepoint: ConnectorTransaction) => T | Promise<T>, options?: Parameters<Transaction["transaction"]>[1]): Promise<T>
}

/** A session with what a tool wants of it besides: questions about the server, and reading at one moment. */
export interface DatabaseConnector extends Session, ServerKnowledge, AsyncDisposable {
  transaction<T>(work: (transaction: ConnectorTransaction) => T | Promise<T>, options?: TransactionOptions): Promise<T>
  /**
   * One REPEATABLE READ READ ONLY transaction with a safe search_path, timeouts that end with it, and the settings by which the server
   * prints values. BEGIN and the settings are one round trip, and nothing stays behind in a pooled session.
   */
  readOnlySnapshot<T>(work: (snapshot: ConnectorTransaction) => T | Promise<T>, options?: SnapshotOptions): Promise<T>
  /**
   * True when the server answers in time.
   *
   * @throws only `signal.reason`, PGSD_INVALID_OPTION, and PGSD_TRANSACTION_IN_USE while a transaction is open, in which nothing may be asked
   */
  testConnection(options?: TestConnectionOptions): Promise<boolean>
  /** Everything worth knowing before work starts: at most two round trips on this connection. */
  preflight(options?: PreflightOptions): Promise<PreflightReport>
  /**
   * Tries to write inside BEGIN READ ONLY and expects to be refused; rolled back either way. Leaves an ERROR in the server's
   * log, therefore never a part of preflight().
   */
  proveReadOnly(options?: AskOptions): Promise<ReadOnlyProof>

  /** Gives the connection back: to its pool, or closes it when it has none. Idempotent. */
  close(): Promise<void>
}

export interface TestConnectionOptions extends AskOptions {
  /** How long the server may take, in ms. @default 5_000 */
  readonly timeoutMs?: number | undefined
}

export interface SnapshotOptions {
  /** In ms; Infinity is none. @default 30_000 */
  readonly statementTimeoutMs?: number | undefined
  /** In ms; Infinity is none. @default 2_000 */
  readonly lockTimeoutMs?: number | undefined
  /** In ms; Infinity is none. @default 60_000 */
  readonly idleInTransactionTimeoutMs?: number | undefined
  /** Ends the whole of it, as in {@link TransactionOptions}. */
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

export interface ReadOnlyProof {
  /** True when the write was refused with SQLSTATE 25006. */
  readonly proven: boolean
  readonly found: string
}
