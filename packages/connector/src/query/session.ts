import { type Connection, PgsdError } from "@pgsd/driver"

/**
 * What all connectors of one connection share: the outer one and those that live inside its transactions. Keeps two
 * transactions from being mixed on one session.
 */
export class Session {
  readonly connection: Connection
  closed = false
  /** A transaction or a stream of ours is under way on this connection. */
  #claimed = false
  /** Whoever is about to begin a transaction, and those behind: one after another. */
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
    return this.#claimed || this.#inUsersTransaction
  }

  get #inUsersTransaction(): boolean {
    const { status } = this.connection
    return status === "transaction" || status === "failed"
  }

  /** Claims the session for one transaction; `release` must follow. */
  async claim(): Promise<() => void> {
    const leave = await this.#enter()
    try {
      if (this.inTransaction) throw this.#inUse()
      this.#claimed = true
      return () => {
        this.#claimed = false
      }
    } finally {
      leave()
    }
  }

  /** As claim(), but inside a transaction that the user began by hand there is nothing to claim: undefined. */
  async claimOrJoin(): Promise<(() => void) | undefined> {
    return !this.#claimed && this.#inUsersTransaction ? undefined : this.claim()
  }

  /** Runs `work` when no other short transaction is under way; inside a transaction it joins that one. */
  async inTurn<T>(work: (ownsTransaction: boolean) => Promise<T>): Promise<T> {
    const leave = await this.#enter()
    try {
      return await work(!this.inTransaction)
    } finally {
      leave()
    }
  }

  async #enter(): Promise<() => void> {
    const before = this.#turn
    let leave = () => {}
    this.#turn = new Promise((resolve) => {
      leave = resolve
    })
    await before
    return leave
  }

  #inUse(): PgsdError {
    return new PgsdError("PGSD_TRANSACTION_IN_USE", "a transaction or a stream is already under way on this connection", {
      label: this.connection.info.label,
      hint: "use the connector that transaction() hands to its callback (a transaction on it is a savepoint), or another connection",
    })
  }
}
