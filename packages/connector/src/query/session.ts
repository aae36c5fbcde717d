import { type Connection, PgsdError } from "@pgsd/driver"

/**
 * What all connectors of one connection share: the outer one and those that live inside its transactions. Keeps two
 * transactions from being mixed on one session.
 */
export class Session {
  readonly connection: Connection
  closed = false
  /** A transaction or a stream of ours is under way on this connection. */
  #transaction = false
  /** Short transactions (a query with maxRows) wait for one another. */
  #turn: Promise<void> = Promise.resolve()
  #names = 0

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** A name for a cursor or savepoint that nobody else on this connection has. */
  name(kind: "cursor" | "savepoint"): string {
    return `pgsd_${kind}_${++this.#names}`
  }

  /** True while a BEGIN of ours or of the user's is open. */
  get inTransaction(): boolean {
    const { status } = this.connection
    return this.#transaction || status === "transaction" || status === "failed"
  }

  /** Claims the session for one transaction; `release` must follow. */
  async claim(): Promise<() => void> {
    await this.#free()
    if (this.inTransaction)
      throw new PgsdError("PGSD_TRANSACTION_IN_USE", "a transaction is already under way on this connection", {
        hint: "use the connector that transaction() hands to its callback (a transaction on it is a savepoint), or another connection",
      })
    this.#transaction = true
    return () => {
      this.#transaction = false
    }
  }

  /** Runs `work` when no other short transaction is under way; inside a transaction it joins that one. */
  async inTurn<T>(work: (ownsTransaction: boolean) => Promise<T>): Promise<T> {
    await this.#free()
    if (this.inTransaction) return work(false)
    const running = work(true)
    this.#turn = running.then(
      () => {},
      () => {},
    )
    return running
  }

  // Others may have been waiting for the same turn and taken the next one.
  async #free(): Promise<void> {
    for (let turn: Promise<void> | undefined; turn !== this.#turn; ) {
      turn = this.#turn
      await turn
    }
  }
}
