import type { Session, Transaction, TransactionOptions } from "@pgsd/driver/calls"

/** A transaction started by one call and ended by another: its callback waits for the outcome. */
export class OpenTransaction {
  readonly handle: Transaction
  readonly #settle: Settle
  readonly #done: () => Promise<void>
  readonly #signal: AbortSignal | undefined

  private constructor(handle: Transaction, settle: Settle, done: () => Promise<void>, signal: AbortSignal | undefined) {
    this.handle = handle
    this.#settle = settle
    this.#done = done
    this.#signal = signal
  }

  /** Resolves when the transaction has started on the server. */
  static begin(session: Session, options: TransactionOptions): Promise<OpenTransaction> {
    return new Promise((begun, failed) => {
      const done: Promise<void> = session.transaction(
        (handle) =>
          new Promise<void>((commit, undo) => {
            begun(new OpenTransaction(handle, { commit, undo }, () => done, options.signal))
          }),
        options,
      )
      done.catch(failed)
    })
  }

  /** @throws the same errors as transaction() */
  async commit(): Promise<void> {
    this.#settle.commit()
    await this.#done()
  }

  /** Does nothing if its signal has already rolled it back. */
  async rollback(): Promise<void> {
    this.#settle.undo(UNDONE)
    await this.#done().catch((error: unknown) => {
      if (error !== UNDONE && !(this.#signal?.aborted && error === this.#signal.reason)) throw error
    })
  }
}

interface Settle {
  commit(): void
  undo(reason: unknown): void
}

/** Thrown by the callback to roll the transaction back. */
const UNDONE = new Error("rolled back on request")
