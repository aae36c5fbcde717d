import { textOf, textsOf } from "../adapter/steps-text.ts"
import { TRANSACTION_OPTIONS } from "../calls/call-options.ts"
import type { Session, Transaction, TransactionOptions } from "../calls/queryable.ts"
import type { ConnectionInfo, ConnectionStatus, Notice, Notification, PipelineOptions, PipelineResult, PipelineStep } from "../contract.ts"
import type { PgsdError } from "../errors.ts"
import { withLabel } from "../label.ts"
import { checkOptions } from "../options.ts"
import { Handle } from "./handle.ts"
import { runTransaction } from "./run-transaction.ts"
import type { Scope } from "./scope.ts"
import type { SessionState } from "./session-state.ts"
import { TransactionHandle, type TransactionHost } from "./transaction-handle.ts"

/** A session on a connection: a separate one, or one from a pool. */
export abstract class SessionHandle extends Handle implements Session, TransactionHost {
  abstract override readonly label: string
  abstract override use(): SessionState
  abstract readonly info: ConnectionInfo
  abstract readonly status: ConnectionStatus
  abstract onClose(listener: (error: PgsdError | undefined) => void): void
  abstract onNotice(listener: (notice: Notice) => void): void
  abstract onNotification(listener: (notification: Notification) => void): void
  abstract close(): Promise<void>
  abstract destroy(): void
  abstract ref(): void
  abstract unref(): void

  /** On the prototype: a field would cost every lease. */
  protected get scope(): undefined {
    return undefined
  }

  get serverParameters(): Readonly<Record<string, string>> {
    return this.use().connection.serverParameters
  }

  get transactionEpoch(): number {
    return this.use().connection.transactionEpoch
  }

  get native(): unknown {
    const state = this.use()
    state.nativeUsed = true
    return state.connection.native
  }

  /** Without a transaction around it, and with only the limits that every statement of this session has. */
  pipeline(steps: readonly PipelineStep[], options: PipelineOptions = {}): Promise<PipelineResult[]> {
    return this.entering(
      () => textOf(steps),
      (begins) => SessionHandle.#pipeline(this, steps, options, begins),
    )
  }

  static async #pipeline(
    session: SessionHandle,
    steps: readonly PipelineStep[],
    options: PipelineOptions,
    begins: () => void,
  ): Promise<PipelineResult[]> {
    try {
      return await session.whenAlone(options, (state) => {
        begins()
        return state.within((cancel) => state.pipeline(() => textsOf(steps), steps, cancel), [options.signal, state.workSignal], undefined)
      })
    } catch (error) {
      throw withLabel(session.label, error, options.signal)
    }
  }

  transaction<T>(work: (transaction: Transaction) => T | Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.transact(work, (scope) => new TransactionHandle(this, scope), options)
  }

  /** The same with a handle of another kind. */
  protected transact<H, T>(
    work: (transaction: H) => T | Promise<T>,
    handleOf: (scope: Scope) => H,
    options: TransactionOptions,
  ): Promise<T> {
    return this.working(work, handleOf, (begin) => SessionHandle.#transact(this, begin, options))
  }

  static async #transact<T>(session: SessionHandle, work: (scope: Scope) => T | Promise<T>, options: TransactionOptions): Promise<T> {
    session.checked(() => checkOptions("option of transaction", options, TRANSACTION_OPTIONS))
    try {
      const run = () => runTransaction(() => session.use(), work, options)
      const { signal, timeoutMs = Number.POSITIVE_INFINITY } = options
      return await (session.use().busy === undefined ? run() : session.whenFree(signal, timeoutMs, run))
    } catch (error) {
      throw withLabel(session.label, error, options.signal)
    }
  }
}
