import type { Session, Transaction, TransactionOptions } from "@pgsd/driver/calls"

/** A transaction begun by one call and ended by another: its callback waits for the outcome. */
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

  /** Resolves when the server has begun it. */
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

  /** @throws as transaction() does */
  async commit(): Promise<void> {
    this.#settle.commit()
    await this.#done()
  }

  /** Does nothing when its signal has rolled it back already. */
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

/** What the callback throws to have its transaction rolled back. */
const UNDONE = new Error("rolled back on request")
