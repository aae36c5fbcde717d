import type { Session, Transaction, TransactionOptions } from "@pgsd/driver/calls"
import type { AskOptions } from "./askable.ts"
import type { CheckPermissionsOptions, PermissionReport, SchemaAccess } from "./permissions/permission-report.ts"
import type { PreflightOptions, PreflightReport } from "./preflight/preflight-report.ts"
import type { ServerFlavour, ServerVersion } from "./version/server-version.ts"

/** Facts that a tool needs about a server. Each call rejects when its `signal` fires or a query exceeds its `timeoutMs`. */
export interface ServerKnowledge {
  /** From ParameterStatus, without a round trip; if the server reports no version, one query. */
  getVersion(options?: AskOptions): Promise<ServerVersion>
  /** One round trip, the first time; causes no ERROR in the server's log. */
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

/** A session with further calls for tools: facts about the server, and consistent reads. */
export interface DatabaseConnector extends Session, ServerKnowledge, AsyncDisposable {
  transaction<T>(work: (transaction: ConnectorTransaction) => T | Promise<T>, options?: TransactionOptions): Promise<T>
  /**
   * Runs one REPEATABLE READ READ ONLY transaction with a safe search_path, transaction-local timeouts, and fixed output settings. BEGIN
   * and the settings are one round trip, and nothing remains in a pooled session.
   */
  readOnlySnapshot<T>(work: (snapshot: ConnectorTransaction) => T | Promise<T>, options?: SnapshotOptions): Promise<T>
  /**
   * Whether the server responds in time.
   *
   * @throws only `signal.reason`, PGSD_INVALID_OPTION, and PGSD_TRANSACTION_IN_USE during an open transaction, which excludes other queries
   */
  testConnection(options?: TestConnectionOptions): Promise<boolean>
  /** Examines the server before work starts: at most two round trips on this connection. */
  preflight(options?: PreflightOptions): Promise<PreflightReport>
  /**
   * Attempts a write inside BEGIN READ ONLY, expects an error, and rolls back in any case. Causes an ERROR in the server's log, and is
   * therefore not part of preflight().
   */
  proveReadOnly(options?: AskOptions): Promise<ReadOnlyProof>

  /** Returns the connection to its pool, or closes it if there is none. Idempotent. */
  close(): Promise<void>
}

export interface TestConnectionOptions extends AskOptions {
  /** Timeout of the server's response, in ms. @default 5_000 */
  readonly timeoutMs?: number | undefined
}

export interface SnapshotOptions {
  /** In ms; Infinity for none. @default 30_000 */
  readonly statementTimeoutMs?: number | undefined
  /** In ms; Infinity for none. @default 2_000 */
  readonly lockTimeoutMs?: number | undefined
  /** In ms; Infinity for none. @default 60_000 */
  readonly idleInTransactionTimeoutMs?: number | undefined
  /** Timeout of the whole transaction, as in {@link TransactionOptions}. */
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

export interface ReadOnlyProof {
  /** Whether the write was rejected with SQLSTATE 25006. */
  readonly proven: boolean
  readonly found: string
}
