import { transactionEnded } from "../calls/errors.ts"
import type { Connection, QueryOptions, QueryResult } from "../contract.ts"
import type { PgsdError } from "../errors.ts"
import { mayControlTransaction } from "../statement-text.ts"
import type { Call, Scope } from "./scope.ts"
import type { CallSettings, Limits } from "./session-owner.ts"

type Params = readonly unknown[] | undefined
type Options = (QueryOptions & Limits) | undefined

/** The part of the session that statements inside a transaction need. */
export interface ScopeHost {
  readonly connection: Connection
  readonly settings: CallSettings
  readonly label: string
  readonly pending: number
  readonly nativeUsed: boolean
  admit(scope: Scope, calledInTime: boolean): void
  send<R>(sql: string, params: Params, options: QueryOptions | undefined): Promise<QueryResult<R>>
  bounded<R>(sql: string, params: Params, options: Options, also: AbortSignal): Promise<QueryResult<R>>
}

/** Statements inside a transaction or savepoint: they are cancelled with it, and whatever ends it unexpectedly is detected. */
export class ScopedStatements {
  readonly #host: ScopeHost

  constructor(host: ScopeHost) {
    this.#host = host
  }

  /** A statement that opens or ends `scope`, cancelled with it; `queryTimeoutMs` limits it like the caller's statements. */
  inside<R>(scope: Scope, sql: string): Promise<QueryResult<R>> {
    return this.#start<R>(scope, sql, undefined, undefined)
  }

  /** Before a call in `scope` is sent: work left running on `native` may be a ROLLBACK, and must end first. */
  settleNative(scope: Scope | undefined): void {
    if (!scope?.begun || scope.barrier !== undefined || this.#host.connection.status !== "busy") return
    // Statements of ours in flight make it busy, too; native's among them cannot be told apart.
    if (this.#host.pending > 0 && !this.#host.nativeUsed) return
    this.#raiseBarrier(scope, this.inside(scope, ""))
  }

  /** A caller's statement, after admit(). */
  run<R>(scope: Scope, sql: string, params: Params, options: Options): Promise<QueryResult<R>> {
    this.settleNative(scope)
    if (scope.barrier !== undefined) return this.#behindBarrier<R>(scope, scope.barrier, sql, params, options)
    const sent = this.#start<R>(scope, sql, params, options)
    if (mayControlTransaction(sql)) this.#raiseBarrier(scope, sent)
    return sent
  }

  #start<R>(scope: Scope, sql: string, params: Params, options: Options): Promise<QueryResult<R>> {
    const timeoutMs = options?.timeoutMs ?? this.#host.settings.queryTimeoutMs
    if (options?.signal !== undefined || timeoutMs !== Number.POSITIVE_INFINITY)
      return this.#track(scope, this.#host.bounded<R>(sql, params, options, scope.signal), false)
    return this.#track(scope, this.#host.send<R>(sql, params, { ...options, signal: scope.signal }), true)
  }

  /** Records a call of `scope`; the caller of an unbounded one is rejected at once when the scope ends. */
  #track<R>(scope: Scope, sent: Promise<R>, unbounded: boolean): Promise<R> {
    const call: Call = { done: sent, reject: undefined }
    scope.add(call)
    const result = new Promise<R>((resolve, reject) => {
      if (unbounded) call.reject = reject
      sent.then(
        (result) => {
          scope.remove(call)
          resolve(result)
        },
        (error: unknown) => {
          scope.remove(call)
          scope.failed(error)
          reject(error)
        },
      )
    })
    // An unawaited failure is the transaction's, which can then not commit. It must not end the process.
    result.catch(() => {})
    return result
  }

  // Not async: the promise of #track() is the one that is marked handled.
  #behindBarrier<R>(scope: Scope, barrier: Promise<unknown>, sql: string, params: Params, options: Options): Promise<QueryResult<R>> {
    const waiting = barrier.then(() => {
      // Called before the callback of the transaction has settled: COMMIT waits for it.
      this.#host.admit(scope, scope.endedByHand === undefined)
      return this.run<R>(scope, sql, params, options)
    })
    return this.#track(scope, waiting, true)
  }

  #raiseBarrier(scope: Scope, sent: Promise<Pick<QueryResult, "command">>): void {
    const passed = sent.then(
      ({ command }) => this.#checkStillOpen(scope, command),
      () => this.#checkStillOpen(scope, ""),
    )
    scope.barrier = passed
    void passed.then(() => {
      if (scope.barrier === passed) scope.barrier = undefined
    })
  }

  /** Whether COMMIT, ROLLBACK or the like, sent as statements, have ended it, even if another transaction is open by now. */
  isOver(scope: Scope): boolean {
    const { status, transactionEpoch } = this.#host.connection
    return scope.begun && (status === "idle" || transactionEpoch !== scope.epoch)
  }

  #checkStillOpen(scope: Scope, command: string): void {
    if (this.isOver(scope)) this.endedByHand(scope, command === "" ? "a statement" : command)
  }

  /** Its callback runs to the end, and all its calls are rejected. @returns the error of those calls */
  endedByHand(scope: Scope, statement: string): PgsdError {
    const error = transactionEnded(this.#host.label, `this transaction was ended by ${statement}, sent as a statement inside its callback`)
    for (let each: Scope | undefined = scope; each !== undefined; each = each.outer) {
      each.endedByHand ??= statement
      each.end(() => error)
    }
    return error
  }
}
