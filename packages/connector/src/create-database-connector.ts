import {
  type Connection,
  type ConnectionInfo,
  type ConnectionStatus,
  checkOptions,
  isPgsdError,
  type Notice,
  type Notification,
  type OptionTable,
  PgsdError,
} from "@pgsd/driver"
import { labelled, QueryTimeoutError, refusal, type TransactionOptions } from "@pgsd/driver/calls"
import { SessionHandle, type SessionState, sessionOf } from "@pgsd/driver/session"
import { ASK_OPTIONS, type AskOptions } from "./askable.ts"
import { ConnectorTransactionHandle } from "./connector-transaction.ts"
import type {
  ConnectorTransaction,
  DatabaseConnector,
  ReadOnlyProof,
  SnapshotOptions,
  TestConnectionOptions,
} from "./database-connector.ts"
import { checkPermissions, getFlavour, getVersion, verifySchemaAccess } from "./knowledge.ts"
import type { CheckPermissionsOptions } from "./permissions/permission-report.ts"
import type { PreflightContext } from "./preflight/connection-findings.ts"
import type { PreflightOptions, PreflightReport } from "./preflight/preflight-report.ts"
import { snapshotTransaction } from "./snapshot.ts"

export interface DatabaseConnectorOptions {
  /**
   * How close() disposes of the connection, e.g. by returning a lease; rolling back an open transaction is then up to the receiver.
   * @default connection.close()
   */
  readonly onDispose?: (() => void | Promise<void>) | undefined
  /** Facts for preflight() that a connection does not provide: `tls` and `driver` of a ConnectionFactory. */
  readonly context?: PreflightContext | undefined
}

const OPTIONS: OptionTable<DatabaseConnectorOptions> = { onDispose: () => {}, context: () => {} }
const DEFAULTS = { testTimeoutMs: 5_000 } as const

/** Creates a connector on an open connection or session, such as a pool's lease. It opens nothing and never reconnects. */
export function createDatabaseConnector(connection: Connection, options: DatabaseConnectorOptions = {}): DatabaseConnector {
  checkOptions("option of a database connector", options, OPTIONS)
  return new Connector(sessionOf(connection), options)
}

class Connector extends SessionHandle implements DatabaseConnector {
  readonly #session: SessionHandle
  readonly #options: DatabaseConnectorOptions
  #closing: Promise<void> | undefined

  constructor(session: SessionHandle, options: DatabaseConnectorOptions) {
    super()
    this.#session = session
    this.#options = options
  }

  get label(): string {
    return this.#session.label
  }

  get info(): ConnectionInfo {
    return this.#session.info
  }

  get status(): ConnectionStatus {
    return this.#closing === undefined ? this.#session.status : "closed"
  }

  use(): SessionState {
    return this.#open.use()
  }

  get #open(): SessionHandle {
    if (this.#closing === undefined) return this.#session
    throw refusal(new PgsdError("PGSD_CONNECTOR_CLOSED", `${this.label}: this connector was closed`, { label: this.label }))
  }

  onClose(listener: (error: PgsdError | undefined) => void): void {
    this.#open.onClose(listener)
  }

  onNotice(listener: (notice: Notice) => void): void {
    this.#open.onNotice(listener)
  }

  onNotification(listener: (notification: Notification) => void): void {
    this.#open.onNotification(listener)
  }

  ref(): void {
    this.#open.ref()
  }

  unref(): void {
    this.#open.unref()
  }

  /** After close() the connection belongs to someone else. */
  destroy(): void {
    if (this.#closing === undefined) this.#session.destroy()
  }

  override transaction<T>(work: (transaction: ConnectorTransaction) => T | Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.transact(work, (scope) => new ConnectorTransactionHandle(this, scope), options)
  }

  async readOnlySnapshot<T>(work: (snapshot: ConnectorTransaction) => T | Promise<T>, options: SnapshotOptions = {}): Promise<T> {
    return this.transaction(
      work,
      this.#named(() => snapshotTransaction(options)),
    )
  }

  getVersion(options?: AskOptions) {
    return getVersion(this, options)
  }

  getFlavour(options?: AskOptions) {
    return getFlavour(this, options)
  }

  checkPermissions(options?: CheckPermissionsOptions) {
    return checkPermissions(this, options)
  }

  verifySchemaAccess(schema: string, options?: AskOptions) {
    return verifySchemaAccess(this, schema, options)
  }

  async testConnection(options: TestConnectionOptions = {}): Promise<boolean> {
    this.#named(() => checkOptions("option of testConnection", options, ASK_OPTIONS))
    const { signal, timeoutMs = DEFAULTS.testTimeoutMs } = options
    if (this.#closed) return false
    try {
      await this.query("", undefined, { signal, timeoutMs })
      return true
    } catch (error) {
      signal?.throwIfAborted()
      if (isRefusal(error)) throw error
      // An error inside a failed transaction is a response, too.
      return !(error instanceof QueryTimeoutError) && !this.#closed
    }
  }

  async preflight(options: PreflightOptions = {}): Promise<PreflightReport> {
    this.use()
    const { checkPreflightOptions, inspectServer } = await import("./preflight/inspect-server.ts")
    this.#named(() => checkPreflightOptions(options))
    this.use()
    return inspectServer(this, options, this.#options.context ?? {})
  }

  async proveReadOnly(options: AskOptions = {}): Promise<ReadOnlyProof> {
    this.#named(() => checkOptions("option of proveReadOnly", options, ASK_OPTIONS))
    const written = { proven: false, found: "CREATE TABLE succeeded in a READ ONLY transaction; it was rolled back" }
    try {
      await this.transaction(
        async (transaction) => {
          await transaction.query("CREATE TEMPORARY TABLE pgsd_read_only_proof ()")
          throw new Written()
        },
        { ...options, readOnly: true },
      )
      return written
    } catch (error) {
      if (error instanceof Written) return written
      if (!isPgsdError(error) || error.sqlState !== "25006") throw error
      return { proven: true, found: error.message }
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#dispose()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #closed(): boolean {
    return this.status === "closed"
  }

  async #dispose(): Promise<void> {
    const { onDispose } = this.#options
    await (onDispose === undefined ? this.#session.close() : onDispose())
  }

  #named<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw labelled(this.label, error)
    }
  }
}

/** Nothing was sent to the server. */
function isRefusal(error: unknown): boolean {
  return isPgsdError(error) && error.code === "PGSD_TRANSACTION_IN_USE"
}

/** Thrown to roll back a write that should have been rejected. */
class Written extends Error {}
