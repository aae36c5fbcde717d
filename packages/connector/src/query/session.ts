import { abortable, type Connection, PgsdError } from "@pgsd/driver"

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
  /** Ends with the transaction in which one query of ours runs. */
  #short: Promise<void> | undefined
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
    const { leave } = await this.#enter()
    try {
      return this.#claimNow()
    } finally {
      leave()
    }
  }

  /** As claim(), but inside a transaction that the user began by hand there is nothing to claim: undefined. */
  async claimOrJoin(): Promise<(() => void) | undefined> {
    const { leave } = await this.#enter()
    try {
      return !this.#claimed && this.#inUsersTransaction ? undefined : this.#claimNow()
    } finally {
      leave()
    }
  }

  #claimNow(): () => void {
    if (this.inTransaction) throw this.#inUse()
    this.#claimed = true
    return () => {
      this.#claimed = false
    }
  }

  /** Runs `work` when no other short transaction is under way; inside a transaction it joins that one. */
  async inTurn<T>(work: (ownsTransaction: boolean) => Promise<T>): Promise<T> {
    const { over, leave } = await this.#enter()
    const ownsTransaction = !this.inTransaction
    if (ownsTransaction) this.#short = over
    try {
      return await work(ownsTransaction)
    } finally {
      if (ownsTransaction) this.#short = undefined
      leave()
    }
  }

  /**
   * What is sent during a short transaction of ours would be undone with it: a promise of its end, undefined when there is none.
   *
   * @throws `signal.reason`
   */
  afterShort(signal: AbortSignal | undefined): Promise<void> | undefined {
    return this.#short === undefined ? undefined : this.#untilNoShort(signal)
  }

  async #untilNoShort(signal: AbortSignal | undefined): Promise<void> {
    while (this.#short !== undefined) await abortable(this.#short, signal)
  }

  async #enter(): Promise<{ readonly over: Promise<void>; readonly leave: () => void }> {
    const before = this.#turn
    let leave = () => {}
    const over = new Promise<void>((resolve) => {
      leave = resolve
    })
    this.#turn = over
    await before
    return { over, leave }
  }

  #inUse(): PgsdError {
    return new PgsdError("PGSD_TRANSACTION_IN_USE", "a transaction or a stream is already under way on this connection", {
      label: this.connection.info.label,
      hint: "use the connector that transaction() hands to its callback (a transaction on it is a savepoint), or another connection",
    })
  }
}
