import type { Connection, ConnectionInfo, ConnectionStatus, QueryOptions, QueryResult, Row } from "@pgsd/driver"
import type { CheckPermissionsOptions, PermissionReport, SchemaAccess } from "./permissions/permission-report.ts"
import type { PreflightOptions, PreflightReport } from "./preflight/preflight-report.ts"
import type { ServerFlavour, ServerVersion } from "./version/server-version.ts"

/** One connection with what a tool wants of it: questions about the server, queries, transactions, streams. */
export interface DatabaseConnector extends AsyncDisposable {
  /** The connection beneath, for what this interface leaves out (LISTEN, notices, COPY through `native`). */
  readonly connection: Connection
  readonly info: ConnectionInfo
  readonly status: ConnectionStatus

  /** The original design's execute_query. @throws what the connection throws; QueryTimeoutError; TooManyRowsError when `maxRows` is given. */
  query<R = Row>(sql: string, params?: readonly unknown[], options?: ConnectorQueryOptions): Promise<QueryResult<R>>
  /** The only row. @throws PgsdError PGSD_NOT_ONE_ROW when there is none or more than one. */
  one<R = Row>(sql: string, params?: readonly unknown[], options?: ConnectorQueryOptions): Promise<R>
  /**
   * Rows as they come, through a server-side cursor: at most one batch is in memory, the next is fetched only when the
   * consumer asks, and leaving the loop early closes the cursor. Outside a transaction it opens a read-only one of its own.
   */
  stream<R = Row>(sql: string, params?: readonly unknown[], options?: StreamOptions): AsyncIterableIterator<R> & AsyncDisposable
  /**
   * BEGIN, `work`, COMMIT; ROLLBACK when `work` throws. A call on the connector that `work` receives is a savepoint.
   *
   * @throws what `work` throws; PgsdError PGSD_ROLLED_BACK when the server answers COMMIT with ROLLBACK.
   */
  transaction<T>(work: (transaction: DatabaseConnector) => Promise<T>, options?: TransactionOptions): Promise<T>
  /**
   * One REPEATABLE READ READ ONLY transaction with a safe search_path and timeouts that end with it. BEGIN and the settings
   * are one round trip, and nothing stays behind in a pooled session.
   */
  readOnlySnapshot<T>(work: (snapshot: DatabaseConnector) => Promise<T>, options?: SnapshotOptions): Promise<T>

  /** From ParameterStatus, without a round trip; a server that reports none is asked once. */
  getVersion(): Promise<ServerVersion>
  /** One round trip the first time; causes no ERROR in the server's log. */
  getFlavour(options?: CallOptions): Promise<ServerFlavour>
  /** One round trip. */
  checkPermissions(options?: CheckPermissionsOptions): Promise<PermissionReport>
  /** One round trip. */
  verifySchemaAccess(schema: string, options?: CallOptions): Promise<SchemaAccess>
  /** True when the server answers in time; never rejects but for an aborted signal. */
  testConnection(options?: TestConnectionOptions): Promise<boolean>
  /** Everything worth knowing before work starts: at most two round trips on this connection. */
  preflight(options?: PreflightOptions): Promise<PreflightReport>
  /**
   * Tries to write inside BEGIN READ ONLY and expects to be refused; rolled back either way. Leaves an ERROR in the server's
   * log, therefore never a part of preflight().
   */
  proveReadOnly(options?: CallOptions): Promise<ReadOnlyProof>

  /** Gives the connection back: to its pool, or closes it when it has none. Idempotent. */
  close(): Promise<void>
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

export interface TestConnectionOptions extends CallOptions {
  /** How long the server may take, in ms. @default 5_000 */
  readonly timeoutMs?: number | undefined
}

export interface ConnectorQueryOptions extends QueryOptions {
  /** Ends the query on the server when it passes. @default Infinity */
  readonly timeoutMs?: number | undefined
  /**
   * More rows than this are an error, found without fetching them all; costs the round trips of a cursor, which is never prepared. What a
   * statement that writes (INSERT … RETURNING) did is undone then. @default Infinity
   */
  readonly maxRows?: number | undefined
}

export interface StreamOptions extends Omit<QueryOptions, "prepare"> {
  /** Rows per round trip. @default 1000 */
  readonly batchSize?: number | undefined
  /** For each round trip of its own, in ms. @default Infinity */
  readonly timeoutMs?: number | undefined
}

export type IsolationLevel = "read committed" | "repeatable read" | "serializable"

export interface TransactionOptions {
  /** @default the server's default_transaction_isolation */
  readonly isolation?: IsolationLevel | undefined
  /** @default the server's default_transaction_read_only */
  readonly readOnly?: boolean | undefined
  /** Only meaningful for serializable read-only transactions. @default false */
  readonly deferrable?: boolean | undefined
  /** How often to run `work` again after 40001 or 40P01. @default 0 */
  readonly retries?: number | undefined
  /** Settings for this transaction alone, sent along with BEGIN: `set_config(name, value, true)`. */
  readonly settings?: Readonly<Record<string, string>> | undefined
  /** Refuses BEGIN, and turns COMMIT into ROLLBACK until it is sent; `work` hands it to what it calls. */
  readonly signal?: AbortSignal | undefined
}

export interface SnapshotOptions {
  /** In ms; Infinity is none. @default 30_000 */
  readonly statementTimeoutMs?: number | undefined
  /** In ms; Infinity is none. @default 2_000 */
  readonly lockTimeoutMs?: number | undefined
  /** In ms; Infinity is none. @default 60_000 */
  readonly idleInTransactionTimeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ReadOnlyProof {
  /** True when the write was refused with SQLSTATE 25006. */
  readonly proven: boolean
  readonly found: string
}
