import {
  type Connection,
  count,
  isPgsdError,
  limit,
  milliseconds,
  PgsdError,
  type QueryResult,
  type Row,
  refuseUnknownOptions,
} from "@pgsd/driver"
import type {
  CallOptions,
  ConnectorQueryOptions,
  DatabaseConnector,
  ReadOnlyProof,
  SnapshotOptions,
  StreamOptions,
  TestConnectionOptions,
  TransactionOptions,
} from "./database-connector.ts"
import { checkPermissions, verifySchemaAccess } from "./permissions/check-permissions.ts"
import type { CheckPermissionsOptions, PermissionReport, SchemaAccess } from "./permissions/permission-report.ts"
import { inspectServer, type PreflightContext } from "./preflight/inspect-server.ts"
import type { PreflightOptions, PreflightReport } from "./preflight/preflight-report.ts"
import { snapshotTransaction } from "./query/begin.ts"
import { boundedQuery } from "./query/bounded-query.ts"
import { Cursor } from "./query/cursor.ts"
import { limitedQuery } from "./query/limited-query.ts"
import { Session } from "./query/session.ts"
import { rowStream } from "./query/stream.ts"
import { runSavepoint, runTransaction } from "./query/transaction.ts"
import { retry } from "./retry.ts"
import { askFlavour, askVersion } from "./version/ask.ts"
import type { ServerFlavour, ServerVersion } from "./version/server-version.ts"

export interface DatabaseConnectorOptions {
  /** What close() does with the connection, e.g. give a lease back. @default connection.close() */
  readonly onDispose?: (() => void | Promise<void>) | undefined
  /** What preflight() cannot learn from the connection: see `tls` and `driver` of a ConnectionFactory. */
  readonly context?: PreflightContext | undefined
}

const OPTIONS = ["onDispose", "context"] as const satisfies readonly (keyof DatabaseConnectorOptions)[]
const DEFAULTS = { testTimeoutMs: 5_000 } as const
const TEST_OPTIONS = ["signal", "timeoutMs"] as const satisfies readonly (keyof TestConnectionOptions)[]
const QUERY_OPTIONS = ["signal", "timeoutMs", "maxRows", "prepare", "types"] as const satisfies readonly (keyof ConnectorQueryOptions)[]
const TRANSACTION_OPTIONS = [
  "isolation",
  "readOnly",
  "deferrable",
  "retries",
  "settings",
  "signal",
] as const satisfies readonly (keyof TransactionOptions)[]

/** A connector over an open connection (a lease is one too). It opens nothing and reconnects never. */
export function createDatabaseConnector(connection: Connection, options: DatabaseConnectorOptions = {}): DatabaseConnector {
  refuseUnknownOptions("option of a database connector", options, OPTIONS)
  return new Connector(new Session(connection), options, 0)
}

class Connector implements DatabaseConnector {
  readonly #session: Session
  readonly #options: DatabaseConnectorOptions
  /** 0 outside a transaction, 1 in a transaction, 2 in a savepoint of it, and so on. */
  readonly #depth: number
  #ended = false
  /** A nested transaction is under way: this level waits for it. */
  #nested = false
  #closing: Promise<void> | undefined

  constructor(session: Session, options: DatabaseConnectorOptions, depth: number) {
    this.#session = session
    this.#options = options
    this.#depth = depth
  }

  get connection(): Connection {
    return this.#session.connection
  }

  get info() {
    return this.connection.info
  }

  get status() {
    return this.#session.closed ? ("closed" as const) : this.connection.status
  }

  async query<R = Row>(sql: string, params?: readonly unknown[], options: ConnectorQueryOptions = {}): Promise<QueryResult<R>> {
    const connection = this.#usable()
    refuseUnknownOptions("option of query", options, QUERY_OPTIONS)
    const { maxRows = Number.POSITIVE_INFINITY, ...rest } = options
    return maxRows === Number.POSITIVE_INFINITY
      ? boundedQuery<R>(connection, sql, params, rest, (signal) => this.#session.afterShort(signal))
      : limitedQuery<R>(this.#session, sql, params, maxRows, rest)
  }

  async one<R = Row>(sql: string, params?: readonly unknown[], options?: ConnectorQueryOptions): Promise<R> {
    const { rows } = await this.query<R>(sql, params, options)
    if (rows.length === 1) return rows[0]!
    throw new PgsdError("PGSD_NOT_ONE_ROW", `expected one row, got ${rows.length === 0 ? "none" : rows.length}`, { label: this.info.label })
  }

  stream<R = Row>(sql: string, params?: readonly unknown[], options: StreamOptions = {}) {
    let release: () => void = () => {}
    const open = async () => {
      this.#usable()
      const session = this.#session
      const claimed = this.#depth === 0 ? await session.claimOrJoin() : undefined
      release = claimed ?? release
      const begin = claimed === undefined ? undefined : ("BEGIN READ ONLY" as const)
      return Cursor.open(() => this.#usable(), { name: session.name("cursor"), sql, params, begin }, options)
    }
    return rowStream<R>({ open, release: () => release() }, options)
  }

  async transaction<T>(work: (transaction: DatabaseConnector) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const connection = this.#usable()
    refuseUnknownOptions("option of transaction", options, TRANSACTION_OPTIONS)
    if (this.#depth > 0) return this.#savepoint(work, options)
    const retries = count("retries", options.retries ?? 0, 0)
    const release = await this.#session.claim()
    try {
      return await retry(() => runTransaction(connection, options, () => this.#runInside(work)), {
        maxAttempts: 1 + retries,
        // Only to part callers that collided; the server has already undone everything.
        baseDelayMs: 10,
        maxDelayMs: 1_000,
        isRetryable: mayRunAgain,
        signal: options.signal,
      })
    } finally {
      release()
    }
  }

  async #savepoint<T>(work: (transaction: DatabaseConnector) => Promise<T>, options: TransactionOptions): Promise<T> {
    const given = Object.entries(options).find(([name, value]) => value !== undefined && name !== "signal")
    if (given !== undefined)
      throw new PgsdError("PGSD_INVALID_OPTION", `"${given[0]}" belongs to the outer transaction: a nested one is a savepoint`)
    if (this.#nested)
      throw new PgsdError("PGSD_TRANSACTION_IN_USE", "another nested transaction is under way: savepoints end in the order they begin", {
        label: this.info.label,
        hint: "await the first before the second",
      })
    this.#nested = true
    try {
      return await runSavepoint(this.connection, this.#session.name("savepoint"), options.signal, () => this.#runInside(work))
    } finally {
      this.#nested = false
    }
  }

  async #runInside<T>(work: (transaction: DatabaseConnector) => Promise<T>): Promise<T> {
    const inner = new Connector(this.#session, this.#options, this.#depth + 1)
    try {
      return await work(inner)
    } finally {
      inner.#ended = true
    }
  }

  async readOnlySnapshot<T>(work: (snapshot: DatabaseConnector) => Promise<T>, options: SnapshotOptions = {}): Promise<T> {
    if (this.#depth > 0)
      throw new PgsdError("PGSD_TRANSACTION_IN_USE", "a snapshot is a transaction of its own and cannot begin inside another", {
        label: this.info.label,
      })
    return this.transaction(work, snapshotTransaction(options))
  }

  async getVersion(): Promise<ServerVersion> {
    return askVersion(this.#usable())
  }

  async getFlavour(options: CallOptions = {}): Promise<ServerFlavour> {
    return askFlavour(this.#usable(), options.signal)
  }

  async checkPermissions(options: CheckPermissionsOptions = {}): Promise<PermissionReport> {
    return checkPermissions(this.#usable(), options)
  }

  async verifySchemaAccess(schema: string, options: CallOptions = {}): Promise<SchemaAccess> {
    return verifySchemaAccess(this.#usable(), schema, options.signal)
  }

  async testConnection(options: TestConnectionOptions = {}): Promise<boolean> {
    refuseUnknownOptions("option of testConnection", options, TEST_OPTIONS)
    const timeoutMs = milliseconds("timeoutMs", options.timeoutMs ?? DEFAULTS.testTimeoutMs)
    if (this.status === "closed") return false
    const silence = new Error(`no answer within ${timeoutMs} ms`)
    const bounds = limit(options.signal, timeoutMs, () => silence)
    try {
      await this.connection.query("", undefined, { signal: bounds.signal })
      return true
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason
      // An error inside a failed transaction is an answer too.
      return error !== silence && this.connection.status !== "closed"
    } finally {
      bounds.end()
    }
  }

  async preflight(options: PreflightOptions = {}): Promise<PreflightReport> {
    return inspectServer(this.#usable(), options, this.#options.context ?? {})
  }

  async proveReadOnly(options: CallOptions = {}): Promise<ReadOnlyProof> {
    const written = { proven: false, found: "a READ ONLY transaction let CREATE TABLE through; it was rolled back" }
    try {
      await this.transaction(
        async (transaction) => {
          await transaction.query("CREATE TEMPORARY TABLE pgsd_read_only_proof ()")
          throw new Written()
        },
        { readOnly: true, signal: options.signal },
      )
      return written
    } catch (error) {
      if (error instanceof Written) return written
      if (!isPgsdError(error) || error.sqlState !== "25006") throw error
      return { proven: true, found: error.message }
    }
  }

  async close(): Promise<void> {
    // The connector of a transaction ends with it.
    if (this.#depth > 0) return
    this.#closing ??= this.#dispose()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #dispose(): Promise<void> {
    this.#session.closed = true
    const { onDispose } = this.#options
    await (onDispose === undefined ? this.connection.close() : onDispose())
  }

  #usable(): Connection {
    const { label } = this.info
    if (this.#session.closed) throw new PgsdError("PGSD_CONNECTOR_CLOSED", `${label}: this connector was closed`, { label })
    if (this.#ended)
      throw new PgsdError("PGSD_CONNECTOR_CLOSED", `${label}: the transaction of this connector has ended`, {
        label,
        hint: "await every call made on it before the callback returns",
      })
    return this.connection
  }
}

/** Thrown to roll back after a write that should have been refused. */
class Written extends Error {}

function mayRunAgain(error: unknown): boolean {
  return isPgsdError(error) && (error.sqlState === "40001" || error.sqlState === "40P01")
}
