import type { SavepointOptions } from "@pgsd/driver/calls"
import { TransactionHandle } from "@pgsd/driver/session"
import type { AskOptions } from "./askable.ts"
import type { ConnectorTransaction } from "./database-connector.ts"
import { checkPermissions, getFlavour, getVersion, verifySchemaAccess } from "./knowledge.ts"
import type { CheckPermissionsOptions } from "./permissions/permission-report.ts"

/** A transaction that offers the same server queries as its connector. */
export class ConnectorTransactionHandle extends TransactionHandle implements ConnectorTransaction {
  override transaction<T>(work: (savepoint: ConnectorTransaction) => T | Promise<T>, options: SavepointOptions = {}): Promise<T> {
    return this.transact(work, (scope) => new ConnectorTransactionHandle(this.host, scope), options)
  }

  getVersion(options?: AskOptions) {
    return this.#tracked(getVersion(this, options))
  }

  getFlavour(options?: AskOptions) {
    return this.#tracked(getFlavour(this, options))
  }

  checkPermissions(options?: CheckPermissionsOptions) {
    return this.#tracked(checkPermissions(this, options))
  }

  verifySchemaAccess(schema: string, options?: AskOptions) {
    return this.#tracked(verifySchemaAccess(this, schema, options))
  }

  #tracked<T>(answer: Promise<T>): Promise<T> {
    this.scope.track(answer)
    return answer
  }
}
