import { isPgsdError, type PgsdError } from "../errors.ts"
import { AbortSource, onAbort } from "../on-abort.ts"

/** A promise under way, and how to tell its caller that it is over. */
export interface Call {
  readonly done: Promise<unknown>
  /** A statement that the server runs: it is stopped when the scope ends. Else it is a transaction inside, which ends by itself. */
  reject: ((reason: unknown) => void) | undefined
}

/** One open transaction or savepoint: who may send statements in it, which are under way, and what stops them. */
export class Scope {
  readonly outer: Scope | undefined
  /** Was begun READ ONLY: a refused write is its own fault. */
  readonly readOnly: boolean
  /** The server has it open, as far as we know. */
  begun = false
  /** The connection's `transactionEpoch` in it. */
  epoch: number | undefined = undefined
  /** What ended the transaction on the server behind our back, e.g. `COMMIT` sent as a statement. */
  endedByHand: string | undefined = undefined
  /** That of the first statement which the server broke off for one of another session: doing all of it again may succeed. */
  conflict: unknown = undefined
  /** A statement is under way after which the transaction may be over: later ones wait for it. */
  barrier: Promise<unknown> | undefined = undefined
  /** What the session's owner knows the transaction by, where it observes. */
  trace: unknown = undefined
  #doomed = false
  #endedBy: (() => PgsdError) | undefined = undefined
  #ended: PgsdError | undefined = undefined
  readonly #source = new AbortSource()
  readonly #calls = new Set<Call>()
  readonly #enders = new Set<() => void>()
  #unfollow: () => void = () => {}

  /** @param stopper a signal that stops it, beside what stops the outer one */
  constructor(outer: Scope | undefined, readOnly: boolean, stopper: AbortSignal | undefined) {
    this.outer = outer
    this.readOnly = readOnly || outer?.readOnly === true
    const follows = outer?.signal ?? stopper
    if (follows?.aborted) this.stop(follows.reason)
    else if (follows !== undefined) this.#unfollow = onAbort(follows, () => this.stop(follows.reason))
  }

  /** Calls on its handle are refused: its callback is over. */
  get isEnded(): boolean {
    return this.#endedBy !== undefined
  }

  /** Why they are; undefined while the callback runs. Made when it is asked for: few transactions have a late call, and a stack costs. */
  get ended(): PgsdError | undefined {
    this.#ended ??= this.#endedBy?.()
    return this.#ended
  }

  /** Given to every statement of the scope: one signal, so that they still share round trips. */
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
   * A call of several statements on the handle, a transaction inside for one: a failure that is not awaited is the transaction's, which
   * then cannot commit, and ends no process. One that comes when the handle has ended is refused, and changes nothing.
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

  /** Later calls on the handle are refused with what `reason` gives. */
  end(reason: () => PgsdError): void {
    if (this.isEnded) return
    this.#endedBy = reason
    for (const ender of [...this.#enders]) ender()
  }

  /** Calls `ender` when the handle ends, for what would otherwise wait for its consumer; returns how to stop listening. */
  onEnd(ender: () => void): () => void {
    this.#enders.add(ender)
    return () => this.#enders.delete(ender)
  }

  /** It will be rolled back: its callers hear of it at once, and nothing more is sent in it or inside it. */
  doom(reason: unknown): void {
    this.#doomed = true
    for (const call of [...this.#calls]) call.reject?.(reason)
  }

  get isDoomed(): boolean {
    return this.#doomed || this.outer?.isDoomed === true
  }

  /** The same, and the server is told to stop what is under way. */
  stop(reason: unknown): void {
    if (this.signal.aborted) return
    this.#unfollow()
    this.doom(reason)
    this.#source.abort(reason)
  }

  /** Gives up the listener on the outer scope. */
  close(): void {
    this.#unfollow()
  }

  /** Resolves when no call is under way, those that begin meanwhile included: with the error of the first that failed. */
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
