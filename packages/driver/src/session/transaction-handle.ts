import { SAVEPOINT_OPTIONS } from "../calls/call-options.ts"
import type { SavepointOptions, Transaction } from "../calls/queryable.ts"
import type { ConnectionInfo, ConnectionStatus } from "../contract.ts"
import { withLabel } from "../label.ts"
import { checkOptions } from "../options.ts"
import { Handle } from "./handle.ts"
import { transactionLimit } from "./limits.ts"
import { runSavepoint } from "./run-transaction.ts"
import type { Scope } from "./scope.ts"
import type { SessionState } from "./session-state.ts"

/** What a transaction needs from its session. */
export interface TransactionHost {
  readonly info: ConnectionInfo
  readonly label: string
  /** @throws PgsdError if the session no longer belongs to the caller */
  use(): SessionState
}

/** One attempt of a transaction, or a savepoint in it. */
export class TransactionHandle extends Handle implements Transaction {
  protected readonly scope: Scope
  protected readonly host: TransactionHost

  constructor(host: TransactionHost, scope: Scope) {
    super()
    this.host = host
    this.scope = scope
  }

  protected get label(): string {
    return this.host.label
  }

  get info(): ConnectionInfo {
    return this.host.info
  }

  get status(): ConnectionStatus {
    return this.scope.isEnded ? "closed" : this.use().connection.status
  }

  get serverParameters(): Readonly<Record<string, string>> {
    return this.use().connection.serverParameters
  }

  get native(): unknown {
    const state = this.use()
    state.admit(this.scope)
    state.nativeUsed = true
    return state.connection.native
  }

  protected use(): SessionState {
    if (this.scope.ended !== undefined) throw this.scope.ended
    return this.host.use()
  }

  protected override state(): SessionState {
    return this.host.use()
  }

  transaction<T>(work: (savepoint: Transaction) => T | Promise<T>, options: SavepointOptions = {}): Promise<T> {
    return this.transact(work, (scope) => new TransactionHandle(this.host, scope), options)
  }

  /** The same with a handle of another kind. */
  protected transact<H, T>(work: (savepoint: H) => T | Promise<T>, handleOf: (scope: Scope) => H, options: SavepointOptions): Promise<T> {
    return this.working(work, handleOf, (begin) => TransactionHandle.#transact(this, begin, options))
  }

  static async #transact<T>(handle: TransactionHandle, work: (scope: Scope) => T | Promise<T>, options: SavepointOptions): Promise<T> {
    handle.checked(() => checkOptions("option of a nested transaction", options, SAVEPOINT_OPTIONS))
    try {
      const { signal, timeoutMs = Number.POSITIVE_INFINITY } = options
      const run = () => runSavepoint(() => handle.state(), handle.scope, work, transactionLimit(handle.state(), options))
      return await (handle.use().busy === undefined ? run() : handle.whenFree(signal, timeoutMs, run))
    } catch (error) {
      throw withLabel(handle.label, error, options.signal)
    }
  }
}
