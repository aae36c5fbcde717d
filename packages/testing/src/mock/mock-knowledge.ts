import { abortSignal, type Connection, checkOptions, flag, milliseconds, type OptionTable, oneOf, PgsdError } from "@pgsd/driver"
import { labelled } from "@pgsd/driver/calls"
import type { Scope, SessionState } from "@pgsd/driver/session"
import type { MockAskOptions, MockPermissionOptions, MockPreflightOptions, MockSnapshotOptions } from "./connector-shape.ts"
import { type MockServer, permissionReport, preflightReport, schemaAccess } from "./mock-reports.ts"

const ASK: OptionTable<MockAskOptions> = { signal: abortSignal, timeoutMs: milliseconds }
const PERMISSIONS: OptionTable<MockPermissionOptions> = {
  ...ASK,
  schemas: schemaNames,
  require: (name: string, value: "catalog") => oneOf<string>(name, value, ["catalog", "usage-and-select"]),
  requireLeastPrivilege: flag,
}
const PREFLIGHT: OptionTable<MockPreflightOptions> = { ...PERMISSIONS, requireVerifiedTls: flag, allowUnsupported: flag }
const SNAPSHOT: OptionTable<MockSnapshotOptions> = {
  ...ASK,
  statementTimeoutMs: milliseconds,
  lockTimeoutMs: milliseconds,
  idleInTransactionTimeoutMs: milliseconds,
}

/** The mock server's answers about itself, from the mock's options and without statements. */
export class MockAnswers {
  readonly #server: MockServer
  readonly #connection: Connection

  constructor(server: MockServer, connection: Connection) {
    this.#server = server
    this.#connection = connection
  }

  version(options: MockAskOptions) {
    this.#asked("getVersion", options, ASK)
    return this.#server.version
  }

  flavour(options: MockAskOptions) {
    this.#asked("getFlavour", options, ASK)
    return { flavour: "postgresql", addOns: [], version: this.#server.version } as const
  }

  permissions(options: MockPermissionOptions) {
    this.#asked("checkPermissions", options, PERMISSIONS)
    return permissionReport(this.#server, this.#connection, options)
  }

  schemaAccess(schema: string, options: MockAskOptions) {
    this.#asked("verifySchemaAccess", options, ASK)
    this.#named(() => schemaNames("schema", [schema]))
    return schemaAccess(this.#server, this.#connection, schema)
  }

  preflight(options: MockPreflightOptions) {
    this.#asked("preflight", options, PREFLIGHT)
    return preflightReport(this.#server, this.#connection, permissionReport(this.#server, this.#connection, options))
  }

  alive(options: MockAskOptions): boolean {
    this.#asked("testConnection", options, ASK)
    return this.#connection.status !== "closed"
  }

  writeRefused(options: MockAskOptions) {
    this.#asked("proveReadOnly", options, ASK)
    return { proven: true, found: "cannot execute CREATE TABLE in a read-only transaction" }
  }

  /** The transaction modes of a snapshot; its settings need a server. */
  snapshot(options: MockSnapshotOptions) {
    this.#asked("readOnlySnapshot", options, SNAPSHOT)
    return { isolation: "repeatable read", readOnly: true, signal: options.signal, timeoutMs: options.timeoutMs } as const
  }

  #asked<O extends MockAskOptions>(call: string, options: O, table: OptionTable<O>): void {
    this.#named(() => checkOptions(`option of ${call}`, options, table))
    options.signal?.throwIfAborted()
  }

  #named(check: () => void): void {
    try {
      check()
    } catch (error) {
      throw labelled(this.#connection.info.label, error)
    }
  }
}

/** The answer of a call that sends statements on a real server: one beside an open transaction or savepoint is refused. */
export function asking<T>(state: SessionState, scope: Scope | undefined, answer: () => T): T {
  const answered = answer()
  state.admit(scope)
  return answered
}

function schemaNames(name: string, value: readonly string[]): void {
  if (Array.isArray(value) && value.every((each) => typeof each === "string" && each !== "")) return
  throw new PgsdError("PGSD_INVALID_OPTION", `${name} must be a list of schema names`)
}
