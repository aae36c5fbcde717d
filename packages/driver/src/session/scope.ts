import { isPgsdError, type PgsdError } from "../errors.ts"
import { AbortSource, onAbort } from "../on-abort.ts"

/** A promise in progress, with a way to reject its caller early. */
export interface Call {
  readonly done: Promise<unknown>
  /** A statement that the server runs, which is cancelled when the scope ends; otherwise an inner transaction, which ends on its own. */
  reject: ((reason: unknown) => void) | undefined
}

/** One open transaction or savepoint: who may send statements in it, which are in flight, and what cancels them. */
export class Scope {
  readonly outer: Scope | undefined
  /** Started READ ONLY: a rejected write is the caller's own fault. */
  readonly readOnly: boolean
  /** The server has it open, as far as known. */
  begun = false
  /** The connection's `transactionEpoch` during the transaction. */
  epoch: number | undefined = undefined
  /** What ended the transaction on the server unexpectedly, e.g. `COMMIT` sent as a statement. */
  endedByHand: string | undefined = undefined
  /** The error of the first statement that the server aborted in favour of another session: repeating everything may succeed. */
  conflict: unknown = undefined
  /** The output of a copyTo() was still being read when the callback returned: set by that call, read when the scope ends. */
  leftOpen = false
  /** A statement is in flight that may end the transaction: later ones wait for it. */
  barrier: Promise<unknown> | undefined = undefined
  /** The owner's value for the transaction, if it observes. */
  trace: unknown = undefined
  #doomed = false
  #endedBy: (() => PgsdError) | undefined = undefined
  #ended: PgsdError | undefined = undefined
  readonly #source = new AbortSource()
  readonly #calls = new Set<Call>()
  readonly #enders = new Set<() => void>()
  #unfollow: () => void = () => {}

  /** @param stopper a signal that cancels it, in addition to the outer one's */
  constructor(outer: Scope | undefined, readOnly: boolean, stopper: AbortSignal | undefined) {
    this.outer = outer
    this.readOnly = readOnly || outer?.readOnly === true
    const follows = outer?.signal ?? stopper
    if (follows?.aborted) this.stop(follows.reason)
    else if (follows !== undefined) this.#unfollow = onAbort(follows, () => this.stop(follows.reason))
  }

  /** The server has opened it. @param epoch the connection's `transactionEpoch` */
  opened(epoch: number): void {
    this.begun = true
    this.epoch = this.outer === undefined ? epoch : this.outer.epoch
  }

  /** Calls on its handle are rejected: its callback has ended. */
  get isEnded(): boolean {
    return this.#endedBy !== undefined
  }

  /** The reason; undefined while the callback runs. Created on demand: few transactions have a late call, and a stack is expensive. */
  get ended(): PgsdError | undefined {
    this.#ended ??= this.#endedBy?.()
    return this.#ended
  }

  /** For every statement of the scope: one signal, so that they can share round trips. */
  get signal(): AbortSignal {
    return this.#source.signal
  }

  /** A statement in it has failed. */
  failed(error: unknown): void {
    if (!isConflict(error)) return
    for (let each: Scope | undefined = this; each !== undefined; each = each.outer) each.conflict ??= error
  }

  /** The outermost one has number 0. */
  get depth(): number {
    return this.outer === undefined ? 0 : this.outer.depth + 1
  }

  /**
   * Tracks a call of several statements on the handle, such as an inner transaction: an unawaited failure is the transaction's, which can
   * then not commit, and never ends the process. A call after the handle has ended is rejected, and changes nothing.
   */
  track(work: Promise<unknown>): void {
    work.catch(() => {})
    if (this.isEnded) return
    const call: Call = { done: work, reject: undefined }
    this.add(call)
    const remove = () => this.remove(call)
    work.then(remove, remove)
  }

  add(call: Call): void {
    this.#calls.add(call)
  }

  remove(call: Call): void {
    this.#calls.delete(call)
  }

  /** Later calls on the handle are rejected with the result of `reason`. */
  end(reason: () => PgsdError): void {
    if (this.isEnded) return
    this.#endedBy = reason
    for (const ender of [...this.#enders]) ender()
  }

  /** Calls `ender` when the handle ends, for anything that would otherwise wait for its consumer; returns a function that removes it. */
  onEnd(ender: () => void): () => void {
    this.#enders.add(ender)
    return () => this.#enders.delete(ender)
  }

  /** It will be rolled back: its callers are rejected at once, and nothing more is sent in it or inside it. */
  doom(reason: unknown): void {
    this.#doomed = true
    for (const call of [...this.#calls]) call.reject?.(reason)
  }

  get isDoomed(): boolean {
    return this.#doomed || this.outer?.isDoomed === true
  }

  /** The same, and statements in flight are cancelled on the server. */
  stop(reason: unknown): void {
    if (this.signal.aborted) return
    this.#unfollow()
    this.doom(reason)
    this.#source.abort(reason)
  }

  /** Removes the listener on the outer scope. */
  close(): void {
    this.#unfollow()
  }

  /** Resolves when no call is in progress, including those that start in the meantime: with the error of the first that failed. */
  async settled(): Promise<{ readonly error: unknown } | undefined> {
    let failure: { readonly error: unknown } | undefined
    while (this.#calls.size > 0) {
      const outcomes = await Promise.allSettled([...this.#calls].map((call) => call.done))
      const failed = outcomes.find((each) => each.status === "rejected")
      failure ??= failed && { error: failed.reason }
    }
    return failure
  }
}

/** A serialization failure or a deadlock. */
export function isConflict(error: unknown): boolean {
  return isPgsdError(error) && (error.sqlState === "40001" || error.sqlState === "40P01")
}
