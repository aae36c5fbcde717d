import { type ConnectionInfo, type ConnectionStatus, type Notice, type Notification, PgsdError, refuseUnknownOptions } from "@pgsd/driver"
import { refusal, type TransactionOptions } from "@pgsd/driver/calls"
import { SessionHandle, type SessionState, sessionOf } from "@pgsd/driver/session"
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
import { asking, MockAnswers } from "./mock-knowledge.ts"
import { type MockPermissions, mockVersion } from "./mock-reports.ts"
import { MockTransactionHandle } from "./mock-transaction.ts"
import { type MockCall, recorded } from "./recorded.ts"

export interface MockDatabaseConnectorOptions {
  /** The server_version. @default "14.0" */
  readonly version?: string | undefined
  /** Omitted ones are true. */
  readonly permissions?: Partial<MockPermissions> | undefined
  /** The existing schemas. @default ["public"] */
  readonly schemas?: readonly string[] | undefined
  /** Answers by SQL text (keys of an object, or pairs with patterns and predicates). A query without an answer returns no rows. */
  readonly rows?: Readonly<Record<string, FakeAnswer>> | Iterable<readonly [FakeMatch, FakeAnswer]> | undefined
  /** @default label, user and database `"mock"` */
  readonly info?: Partial<ConnectionInfo> | undefined
  /** What close() does instead of closing the connection. */
  readonly onDispose?: (() => void | Promise<void>) | undefined
  /** The clock for an answer's `delayMs`. @default the system's timers */
  readonly clock?: FakeClock | undefined
}

/** A DatabaseConnector without a database: the real session over a scripted connection. */
export interface MockDatabaseConnector extends MockConnectorMembers {
  /** The scripted connection, e.g. to end it or to send a notification. */
  readonly connection: FakeConnection
  /** Recorded calls, in order. */
  readonly calls: readonly MockCall[]
  /** Answers matching queries; later answers take precedence. `times` limits how often it is used. */
  answer(match: FakeMatch, answer: FakeAnswer, options?: { readonly times?: number }): void
}

const OPTIONS = ["version", "permissions", "schemas", "rows", "info", "onDispose", "clock"] as const

/** Creates a connector with scripted answers that records every call. */
export function mockDatabaseConnector(options: MockDatabaseConnectorOptions = {}): MockDatabaseConnector {
  refuseUnknownOptions("option of a mock database connector", options, OPTIONS)
  const mock = new Mock(options)
  return recorded(mock, mock.calls)
}

class Mock extends SessionHandle implements MockDatabaseConnector {
  readonly connection: FakeConnection
  readonly calls: MockCall[] = []
  readonly #answers: MockAnswers
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
    this.#answers = new MockAnswers(
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
    return this.#open.use()
  }

  get #open(): SessionHandle {
    if (this.#closing === undefined) return this.#session
    throw refusal(new PgsdError("PGSD_CONNECTOR_CLOSED", `${this.label}: this connector was closed`, { label: this.label }))
  }

  answer(match: FakeMatch, answer: FakeAnswer, options: { readonly times?: number } = {}): void {
    this.#script.add(match, answer, options.times)
  }

  override transaction<T>(work: (transaction: MockTransaction) => T | Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.transact(work, (scope) => MockTransactionHandle.recorded(this, scope, this.#answers, this.calls), options)
  }

  async readOnlySnapshot<T>(work: (snapshot: MockTransaction) => T | Promise<T>, options: MockSnapshotOptions = {}): Promise<T> {
    return this.transaction(work, this.#answers.snapshot(options))
  }

  async getVersion(options: MockAskOptions = {}) {
    this.use()
    return this.#answers.version(options)
  }

  async getFlavour(options: MockAskOptions = {}) {
    this.use()
    return this.#answers.flavour(options)
  }

  async checkPermissions(options: MockPermissionOptions = {}) {
    return asking(this.use(), undefined, () => this.#answers.permissions(options))
  }

  async verifySchemaAccess(schema: string, options: MockAskOptions = {}) {
    return asking(this.use(), undefined, () => this.#answers.schemaAccess(schema, options))
  }

  async testConnection(options: MockAskOptions = {}): Promise<boolean> {
    const alive = this.#answers.alive(options) && this.status !== "closed"
    if (alive) this.use().admit(undefined)
    return alive
  }

  async preflight(options: MockPreflightOptions = {}) {
    this.use()
    return this.#answers.preflight(options)
  }

  async proveReadOnly(options: MockAskOptions = {}) {
    return asking(this.use(), undefined, () => this.#answers.writeRefused(options))
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

  destroy(): void {
    if (this.#closing === undefined) this.#session.destroy()
  }

  close(): Promise<void> {
    this.#closing ??= (async () => (this.#onDispose === undefined ? this.connection.close() : this.#onDispose()))()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function scriptedConnection({ info, clock = systemClock }: MockDatabaseConnectorOptions, version: string, script: Script): FakeConnection {
  const named = { label: "mock", user: "mock", database: "mock", processId: 1, authentication: "trust", connectTimeMs: 0 } as const
  const session: FakeSession = new FakeSession(
    1,
    { ...named, ...info },
    { ...SERVER_PARAMETERS, server_version: version },
    {
      cancels: true,
      clock,
      closeTimeoutMs: 5_000,
      started: () => {},
      answerTo: (query) => script.find(query),
      unscripted: () => ({}),
      ended: () => {},
      notified: (notification) => session.hear(notification),
    },
  )
  return session
}
