import {
  type ConnectionInfo,
  type ConnectionStatus,
  type Notice,
  type Notification,
  PgsdError,
  type QueryResult,
  type Row,
  refuseUnknownOptions,
} from "@pgsd/driver"
import {
  type CallOptions,
  onlyRow,
  rowOrNone,
  type SavepointOptions,
  type Scope,
  SessionHandle,
  type SessionState,
  type StatementInput,
  type StreamOptions,
  sessionOf,
  TransactionHandle,
  type TransactionOptions,
} from "@pgsd/driver/session"
import { type FakeClock, systemClock } from "../fake/clock.ts"
import { type FakeConnection, FakeSession } from "../fake/fake-connection.ts"
import { SERVER_PARAMETERS } from "../fake/handshake.ts"
import { type FakeAnswer, type FakeMatch, Script } from "../fake/script.ts"
import type {
  MockAskOptions,
  MockConnectorMembers,
  MockPermissionOptions,
  MockPreflightOptions,
  MockSnapshotOptions,
  MockTransaction,
} from "./connector-shape.ts"
import { MockAnswers } from "./mock-knowledge.ts"
import { type MockPermissions, mockVersion } from "./mock-reports.ts"
import { ScriptedCursors } from "./scripted-cursors.ts"

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
  /** What close() does instead of closing the connection. */
  readonly onDispose?: (() => void | Promise<void>) | undefined
  /** Where `delayMs` of an answer is timed. @default the system's timers */
  readonly clock?: FakeClock | undefined
}

/** One call of a connector's method, the ones inside transactions included. */
export interface MockCall {
  readonly method: string
  readonly args: readonly unknown[]
}

/** A DatabaseConnector without a database: the real session over a scripted connection. */
export interface MockDatabaseConnector extends MockConnectorMembers {
  /** The scripted connection, to kill it or to let it notify. */
  readonly connection: FakeConnection
  /** In the order in which they were made. */
  readonly calls: readonly MockCall[]
  /** Answers queries that match; the last answer given goes first. `times` uses it up. */
  answer(match: FakeMatch, answer: FakeAnswer, options?: { readonly times?: number }): void
}

const OPTIONS = ["version", "permissions", "schemas", "rows", "info", "onDispose", "clock"] as const

/** A connector with scripted answers, of which every call is on record. */
export function mockDatabaseConnector(options: MockDatabaseConnectorOptions = {}): MockDatabaseConnector {
  refuseUnknownOptions("option of a mock database connector", options, OPTIONS)
  return new Mock(options)
}

class Mock extends SessionHandle implements MockDatabaseConnector {
  readonly connection: FakeConnection
  readonly calls: MockCall[] = []
  readonly answers: MockAnswers
  readonly #script = new Script()
  readonly #session: SessionHandle
  readonly #onDispose: (() => void | Promise<void>) | undefined
  #closing: Promise<void> | undefined

  constructor(options: MockDatabaseConnectorOptions) {
    super()
    const { version = "14.0", permissions, schemas = ["public"], rows = {}, onDispose } = options
    const pairs = Symbol.iterator in rows ? [...(rows as Iterable<readonly [FakeMatch, FakeAnswer]>)] : Object.entries(rows)
    for (const [match, answer] of pairs.reverse()) this.#script.add(match, answer)
    this.connection = scriptedConnection(options, version, this.#script)
    this.#session = sessionOf(this.connection)
    this.answers = new MockAnswers(
      { version: mockVersion(version), permissions: { usage: true, select: true, ...permissions }, schemas },
      this.connection,
    )
    this.#onDispose = onDispose
  }

  get label(): string {
    return this.connection.info.label
  }

  get info(): ConnectionInfo {
    return this.connection.info
  }

  get status(): ConnectionStatus {
    return this.#closing === undefined ? this.connection.status : "closed"
  }

  use(): SessionState {
    if (this.#closing === undefined) return this.#session.use()
    throw new PgsdError("PGSD_CONNECTOR_CLOSED", `${this.label}: this connector was closed`, { label: this.label })
  }

  answer(match: FakeMatch, answer: FakeAnswer, options: { readonly times?: number } = {}): void {
    this.#script.add(match, answer, options.times)
  }

  record(method: string, ...args: readonly unknown[]): void {
    this.calls.push({ method, args })
  }

  override query<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<QueryResult<R>> {
    this.record("query", statement, params, options)
    return super.query(statement, params, options)
  }

  override async one<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<R> {
    this.record("one", statement, params, options)
    return onlyRow((await super.query<R>(statement, params, options)).rows, this.label)
  }

  override async maybeOne<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<R | undefined> {
    this.record("maybeOne", statement, params, options)
    return rowOrNone((await super.query<R>(statement, params, options)).rows, this.label)
  }

  override stream<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: StreamOptions) {
    this.record("stream", statement, params, options)
    return super.stream<R>(statement, params, options)
  }

  override transaction<T>(work: (transaction: MockTransaction) => T | Promise<T>, options: TransactionOptions = {}): Promise<T> {
    this.record("transaction", work, options)
    return this.transact((scope) => work(new MockTransactionHandle(this, scope)), options)
  }

  async readOnlySnapshot<T>(work: (snapshot: MockTransaction) => T | Promise<T>, options: MockSnapshotOptions = {}): Promise<T> {
    return this.transaction(work, this.answers.snapshot(options))
  }

  async getVersion(options: MockAskOptions = {}) {
    return this.asked("getVersion", options, () => this.answers.version(options))
  }

  async getFlavour(options: MockAskOptions = {}) {
    return this.asked("getFlavour", options, () => this.answers.flavour(options))
  }

  async checkPermissions(options: MockPermissionOptions = {}) {
    return this.asked("checkPermissions", options, () => this.answers.permissions(options))
  }

  async verifySchemaAccess(schema: string, options: MockAskOptions = {}) {
    this.record("verifySchemaAccess", schema, options)
    this.use()
    return this.answers.schemaAccess(schema, options)
  }

  async testConnection(options: MockAskOptions = {}): Promise<boolean> {
    this.record("testConnection", options)
    return this.answers.alive(options) && this.#closing === undefined
  }

  async preflight(options: MockPreflightOptions = {}) {
    return this.asked("preflight", options, () => this.answers.preflight(options))
  }

  async proveReadOnly(options: MockAskOptions = {}) {
    return this.asked("proveReadOnly", options, () => this.answers.writeRefused(options))
  }

  asked<T>(method: string, options: unknown, answer: () => T): T {
    this.record(method, options)
    this.use()
    return answer()
  }

  onClose(listener: (error: PgsdError | undefined) => void): void {
    this.#session.onClose(listener)
  }

  onNotice(listener: (notice: Notice) => void): void {
    this.#session.onNotice(listener)
  }

  onNotification(listener: (notification: Notification) => void): void {
    this.#session.onNotification(listener)
  }

  ref(): void {
    this.#session.ref()
  }

  unref(): void {
    this.#session.unref()
  }

  destroy(): void {
    this.#session.destroy()
  }

  close(): Promise<void> {
    this.#closing ??= (async () => (this.#onDispose === undefined ? this.connection.close() : this.#onDispose()))()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

class MockTransactionHandle extends TransactionHandle implements MockTransaction {
  readonly #mock: Mock

  constructor(mock: Mock, scope: Scope) {
    super(mock, scope)
    this.#mock = mock
  }

  protected override inner(scope: Scope): MockTransactionHandle {
    return new MockTransactionHandle(this.#mock, scope)
  }

  override query<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<QueryResult<R>> {
    this.#mock.record("query", statement, params, options)
    return super.query(statement, params, options)
  }

  override async one<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<R> {
    this.#mock.record("one", statement, params, options)
    return onlyRow((await super.query<R>(statement, params, options)).rows, this.label)
  }

  override async maybeOne<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<R | undefined> {
    this.#mock.record("maybeOne", statement, params, options)
    return rowOrNone((await super.query<R>(statement, params, options)).rows, this.label)
  }

  override transaction<T>(work: (savepoint: MockTransaction) => T | Promise<T>, options?: SavepointOptions): Promise<T> {
    this.#mock.record("transaction", work, options)
    return super.transaction((savepoint) => work(savepoint as MockTransactionHandle), options)
  }

  async getVersion(options: MockAskOptions = {}) {
    return this.#mock.asked("getVersion", options, () => this.#mock.answers.version(options))
  }

  async getFlavour(options: MockAskOptions = {}) {
    return this.#mock.asked("getFlavour", options, () => this.#mock.answers.flavour(options))
  }

  async checkPermissions(options: MockPermissionOptions = {}) {
    return this.#mock.asked("checkPermissions", options, () => this.#mock.answers.permissions(options))
  }

  async verifySchemaAccess(schema: string, options: MockAskOptions = {}) {
    return this.#mock.asked("verifySchemaAccess", options, () => this.#mock.answers.schemaAccess(schema, options))
  }
}

function scriptedConnection({ info, clock = systemClock }: MockDatabaseConnectorOptions, version: string, script: Script): FakeConnection {
  const named = { label: "mock", user: "mock", database: "mock", processId: 1, authentication: "trust", connectTimeMs: 0 } as const
  const cursors = new ScriptedCursors(script)
  return new FakeSession(
    1,
    { ...named, ...info },
    { ...SERVER_PARAMETERS, server_version: version },
    {
      cancels: true,
      clock,
      closeTimeoutMs: 5_000,
      started: () => {},
      answerTo: (query) => cursors.answerTo(query) ?? script.find(query),
      unscripted: () => ({}),
      ended: () => {},
    },
  )
}
