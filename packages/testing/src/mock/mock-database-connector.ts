import { type ConnectionInfo, count, limit, milliseconds, PgsdError, type QueryResult, type Row, refuseUnknownOptions } from "@pgsd/driver"
import { type FakeClock, systemClock } from "../fake/clock.ts"
import { type FakeConnection, FakeSession } from "../fake/fake-connection.ts"
import { SERVER_PARAMETERS } from "../fake/handshake.ts"
import { type FakeAnswer, type FakeMatch, Script } from "../fake/script.ts"
import type {
  MockCallOptions,
  MockConnectorMembers,
  MockPermissionOptions,
  MockPreflightOptions,
  MockQueryOptions,
  MockSnapshotOptions,
  MockStreamOptions,
  MockTransactionOptions,
} from "./connector-shape.ts"
import { connectorClosed, MockQueryTimeoutError, MockTooManyRowsError, transactionInUse } from "./mock-errors.ts"
import {
  ISOLATION_LEVELS,
  PERMISSION_OPTIONS,
  PREFLIGHT_OPTIONS,
  QUERY_OPTIONS,
  SNAPSHOT_OPTIONS,
  STREAM_OPTIONS,
  TRANSACTION_OPTIONS,
} from "./mock-options.ts"
import { type MockPermissions, type MockServer, mockVersion, permissionReport, preflightReport, schemaAccess } from "./mock-reports.ts"
import { runSavepoint, runTransaction } from "./mock-transaction.ts"

export interface MockDatabaseConnectorOptions {
  /** What server_version says. @default "14.0" */
  readonly version?: string | undefined
  /** What is left out is true. */
  readonly permissions?: Partial<MockPermissions> | undefined
  /** The schemas there are. @default ["public"] */
  readonly schemas?: readonly string[] | undefined
  /** Answers by SQL text (an object's keys, or pairs with patterns and conditions). A query without one has no rows. */
  readonly rows?: Readonly<Record<string, FakeAnswer>> | Iterable<readonly [FakeMatch, FakeAnswer]> | undefined
  /** @default label, user and database `"mock"` */
  readonly info?: Partial<ConnectionInfo> | undefined
  /** What close() does besides. */
  readonly onDispose?: (() => void | Promise<void>) | undefined
  /** Where `delayMs` of an answer is timed. @default the system's timers */
  readonly clock?: FakeClock | undefined
}

/** One call of a connector's method, the ones inside transactions included. */
export interface MockCall {
  readonly method: string
  readonly args: readonly unknown[]
}

/** A DatabaseConnector without a database. */
export interface MockDatabaseConnector extends MockConnectorMembers {
  /** In the order in which they were made. */
  readonly calls: readonly MockCall[]
  /** Answers queries that match; the last answer given goes first. `times` uses it up. */
  answer(match: FakeMatch, answer: FakeAnswer, options?: { readonly times?: number }): void
}

const OPTIONS = ["version", "permissions", "schemas", "rows", "info", "onDispose", "clock"] as const
/** The original design's MockDatabaseConnector: the same calls, scripted answers, and every call on record. */
export function mockDatabaseConnector(options: MockDatabaseConnectorOptions = {}): MockDatabaseConnector {
  refuseUnknownOptions("option of a mock database connector", options, OPTIONS)
  return new Mock(new MockSession(options), 0)
}

/** What the connectors of one connection share. */
class MockSession {
  readonly server: MockServer
  readonly connection: FakeConnection
  readonly script = new Script()
  readonly calls: MockCall[] = []
  readonly onDispose: (() => void | Promise<void>) | undefined
  closed = false
  inTransaction = false
  names = 0

  constructor(options: MockDatabaseConnectorOptions) {
    const { version = "14.0", permissions, schemas = ["public"], rows = {}, info, onDispose, clock = systemClock } = options
    this.server = { version: mockVersion(version), permissions: { usage: true, select: true, ...permissions }, schemas }
    this.onDispose = onDispose
    const pairs = Symbol.iterator in rows ? [...(rows as Iterable<readonly [FakeMatch, FakeAnswer]>)] : Object.entries(rows)
    for (const [match, answer] of pairs.reverse()) this.script.add(match, answer)
    const named = { label: "mock", user: "mock", database: "mock", processId: 1, authentication: "trust", connectTimeMs: 0 } as const
    this.connection = new FakeSession(
      1,
      { ...named, ...info },
      { ...SERVER_PARAMETERS, server_version: version },
      {
        cancels: true,
        clock,
        closeTimeoutMs: 5_000,
        started: () => {},
        answerTo: (query) => this.script.find(query),
        unscripted: () => ({}),
        ended: () => {},
      },
    )
  }
}

class Mock implements MockDatabaseConnector {
  readonly #session: MockSession
  readonly #depth: number
  #ended = false
  #nested = false
  #closing: Promise<void> | undefined

  constructor(session: MockSession, depth: number) {
    this.#session = session
    this.#depth = depth
  }

  get calls(): readonly MockCall[] {
    return this.#session.calls
  }

  get connection(): FakeConnection {
    return this.#session.connection
  }

  get info() {
    return this.connection.info
  }

  get status() {
    return this.#session.closed ? ("closed" as const) : this.connection.status
  }

  answer(match: FakeMatch, answer: FakeAnswer, options: { readonly times?: number } = {}): void {
    this.#session.script.add(match, answer, options.times)
  }

  async query<R = Row>(sql: string, params?: readonly unknown[], options: MockQueryOptions = {}): Promise<QueryResult<R>> {
    this.#called("query", sql, params, options)
    return this.#query(sql, params, options)
  }

  async #query<R>(sql: string, params: readonly unknown[] | undefined, options: MockQueryOptions): Promise<QueryResult<R>> {
    refuseUnknownOptions("option of query", options, QUERY_OPTIONS)
    const { signal, timeoutMs = Number.POSITIVE_INFINITY, maxRows = Number.POSITIVE_INFINITY, prepare, types } = options
    count("maxRows", maxRows, 0, true)
    milliseconds("timeoutMs", timeoutMs)
    const { label } = this.info
    const bounds = limit(signal, timeoutMs, () => new MockQueryTimeoutError(timeoutMs, label))
    try {
      const result = await this.connection.query<R>(sql, params, { signal: bounds.signal, prepare, types })
      if (result.rows.length > maxRows) throw new MockTooManyRowsError(maxRows, label)
      return result
    } finally {
      bounds.end()
    }
  }

  async one<R = Row>(sql: string, params?: readonly unknown[], options: MockQueryOptions = {}): Promise<R> {
    this.#called("one", sql, params, options)
    const { rows } = await this.#query<R>(sql, params, options)
    if (rows.length === 1) return rows[0]!
    const found = rows.length === 0 ? "none" : rows.length
    throw new PgsdError("PGSD_NOT_ONE_ROW", `expected one row, got ${found}`, { label: this.info.label })
  }

  stream<R = Row>(sql: string, params?: readonly unknown[], options: MockStreamOptions = {}): AsyncIterableIterator<R> & AsyncDisposable {
    refuseUnknownOptions("option of stream", options, STREAM_OPTIONS)
    const { batchSize = 1_000, ...rest } = options
    count("batchSize", batchSize, 1)
    milliseconds("timeoutMs", options.timeoutMs ?? Number.POSITIVE_INFINITY)
    const rows = this.#rows<R>(sql, params, batchSize, rest)
    return Object.assign(rows, { [Symbol.asyncDispose]: async () => void (await rows.return(undefined)) })
  }

  async *#rows<R>(
    sql: string,
    params: readonly unknown[] | undefined,
    batchSize: number,
    options: MockQueryOptions,
  ): AsyncGenerator<R, undefined> {
    this.#called("stream", sql, params, options)
    const { status } = this.connection
    const release = this.#depth === 0 && (status === "idle" || this.#session.inTransaction) ? this.#claim() : () => {}
    try {
      const { rows } = await this.#query<R>(sql, params, options)
      for (const [index, row] of rows.entries()) {
        yield row
        // Where the real one asks for the next batch, or closes its cursor.
        if ((index + 1) % batchSize === 0 || index === rows.length - 1) this.#refuseEnded()
      }
    } finally {
      release()
    }
  }

  async transaction<T>(work: (transaction: MockConnectorMembers) => Promise<T>, options: MockTransactionOptions = {}): Promise<T> {
    this.#called("transaction", work, options)
    refuseUnknownOptions("option of transaction", options, TRANSACTION_OPTIONS)
    if (this.#depth > 0) return this.#savepoint(work, options)
    if (options.isolation !== undefined && !ISOLATION_LEVELS.includes(options.isolation))
      throw new PgsdError("PGSD_INVALID_OPTION", `isolation must be one of ${ISOLATION_LEVELS.join(", ")}`)
    const retries = count("retries", options.retries ?? 0, 0)
    const release = this.#claim()
    try {
      return await runTransaction(this.connection, "BEGIN", retries, options.signal, () => this.#runInside(work))
    } finally {
      release()
    }
  }

  async #savepoint<T>(work: (transaction: MockConnectorMembers) => Promise<T>, options: MockTransactionOptions): Promise<T> {
    const given = Object.entries(options).find(([name, value]) => value !== undefined && name !== "signal")
    if (given !== undefined)
      throw new PgsdError("PGSD_INVALID_OPTION", `"${given[0]}" belongs to the outer transaction: a nested one is a savepoint`)
    if (this.#nested)
      throw transactionInUse(this.info.label, "another nested transaction is under way: savepoints end in the order they begin")
    this.#nested = true
    try {
      return await runSavepoint(this.connection, `pgsd_savepoint_${++this.#session.names}`, options.signal, () => this.#runInside(work))
    } finally {
      this.#nested = false
    }
  }

  async #runInside<T>(work: (transaction: MockConnectorMembers) => Promise<T>): Promise<T> {
    const inner = new Mock(this.#session, this.#depth + 1)
    try {
      return await work(inner)
    } finally {
      inner.#ended = true
    }
  }

  async readOnlySnapshot<T>(work: (snapshot: MockConnectorMembers) => Promise<T>, options: MockSnapshotOptions = {}): Promise<T> {
    if (this.#depth > 0) throw transactionInUse(this.info.label, "a snapshot is a transaction of its own and cannot begin inside another")
    refuseUnknownOptions("option of readOnlySnapshot", options, SNAPSHOT_OPTIONS)
    return this.transaction(work, { isolation: "repeatable read", readOnly: true, signal: options.signal })
  }

  async getVersion() {
    this.#called("getVersion")
    return this.#session.server.version
  }

  async getFlavour(options: MockCallOptions = {}) {
    this.#called("getFlavour", options)
    return { flavour: "postgresql", addOns: [], version: this.#session.server.version } as const
  }

  async checkPermissions(options: MockPermissionOptions = {}) {
    this.#called("checkPermissions", options)
    refuseUnknownOptions("option of checkPermissions", options, PERMISSION_OPTIONS)
    return permissionReport(this.#session.server, this.connection, options)
  }

  async verifySchemaAccess(schema: string, options: MockCallOptions = {}) {
    this.#called("verifySchemaAccess", schema, options)
    return schemaAccess(this.#session.server, this.connection, schema)
  }

  async testConnection(options: MockCallOptions & { readonly timeoutMs?: number | undefined } = {}): Promise<boolean> {
    this.#session.calls.push({ method: "testConnection", args: [options] })
    options.signal?.throwIfAborted()
    return this.status !== "closed"
  }

  async preflight(options: MockPreflightOptions = {}) {
    this.#called("preflight", options)
    refuseUnknownOptions("option of preflight", options, PREFLIGHT_OPTIONS)
    const { server } = this.#session
    return preflightReport(server, this.connection, permissionReport(server, this.connection, options))
  }

  async proveReadOnly(options: MockCallOptions = {}) {
    this.#called("proveReadOnly", options)
    return { proven: true, found: "cannot execute CREATE TABLE in a read-only transaction" }
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
    const { onDispose } = this.#session
    await (onDispose === undefined ? this.connection.close() : onDispose())
  }

  #claim(): () => void {
    const session = this.#session
    if (session.inTransaction || this.connection.status === "transaction" || this.connection.status === "failed")
      throw transactionInUse(this.info.label, "a transaction or a stream is already under way on this connection")
    session.inTransaction = true
    return () => {
      session.inTransaction = false
    }
  }

  /** Records a call, of a connector that may still be used. */
  #called(method: string, ...args: readonly unknown[]): void {
    this.#session.calls.push({ method, args })
    this.#refuseEnded()
    for (const each of args) (each as MockCallOptions | undefined)?.signal?.throwIfAborted?.()
  }

  #refuseEnded(): void {
    if (this.#session.closed) throw connectorClosed(this.info.label, "this connector was closed")
    if (this.#ended) throw connectorClosed(this.info.label, "the transaction of this connector has ended")
  }
}
