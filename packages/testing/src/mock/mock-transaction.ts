import type { SavepointOptions } from "@pgsd/driver/calls"
import { type Scope, TransactionHandle, type TransactionHost } from "@pgsd/driver/session"
import type { MockAskOptions, MockPermissionOptions, MockTransaction } from "./connector-shape.ts"
import { asking, type MockAnswers } from "./mock-knowledge.ts"
import { type MockCall, recorded } from "./recorded.ts"

/** A transaction of a mock, with the same server queries. */
export class MockTransactionHandle extends TransactionHandle implements MockTransaction {
  readonly #answers: MockAnswers
  readonly #calls: MockCall[]

  private constructor(host: TransactionHost, scope: Scope, answers: MockAnswers, calls: MockCall[]) {
    super(host, scope)
    this.#answers = answers
    this.#calls = calls
  }

  static recorded(host: TransactionHost, scope: Scope, answers: MockAnswers, calls: MockCall[]): MockTransactionHandle {
    return recorded(new MockTransactionHandle(host, scope, answers, calls), calls)
  }

  override transaction<T>(work: (savepoint: MockTransaction) => T | Promise<T>, options: SavepointOptions = {}): Promise<T> {
    return this.transact(work, (scope) => MockTransactionHandle.recorded(this.host, scope, this.#answers, this.#calls), options)
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
    return asking(this.use(), this.scope, () => this.#answers.permissions(options))
  }

  async verifySchemaAccess(schema: string, options: MockAskOptions = {}) {
    return asking(this.use(), this.scope, () => this.#answers.schemaAccess(schema, options))
  }
}
