import { type PgsdError, quoteIdentifier } from "@pgsd/driver"
import type { TransactionOptions } from "@pgsd/driver/calls"
import type { ConnectionPool } from "@pgsd/pool"
import { AbortedTransactionError, type Driver, type TransactionSettings } from "kysely"
import { type Abortable, LeasedConnection } from "./leased-connection.ts"

/** Connections are leases, and a transaction is the lease's own, so that all of the pool's rules apply. */
export class PoolDriver implements Driver {
  readonly #pool: ConnectionPool
  readonly #closePool: boolean

  constructor(pool: ConnectionPool, closePool: boolean) {
    this.#pool = pool
    this.#closePool = closePool
  }

  async init(): Promise<void> {}

  /** @param options passed by Kysely 0.29 and later */
  async acquireConnection(options?: Abortable): Promise<LeasedConnection> {
    const signal = options?.signal
    return new LeasedConnection(await this.#pool.acquire(signal && { signal }))
  }

  async beginTransaction(connection: LeasedConnection, settings: TransactionSettings): Promise<void> {
    await connection.begin(optionsOf(settings))
  }

  async commitTransaction(connection: LeasedConnection): Promise<void> {
    try {
      await connection.commit()
    } catch (error) {
      if ((error as PgsdError).code !== "PGSD_ROLLED_BACK") throw error
      // This class tells Kysely that there is nothing left to roll back. It takes no cause.
      throw Object.assign(new AbortedTransactionError(), { cause: error })
    }
  }

  async rollbackTransaction(connection: LeasedConnection): Promise<void> {
    await connection.rollback()
  }

  async savepoint(connection: LeasedConnection, name: string): Promise<void> {
    await connection.send(`SAVEPOINT ${quoteIdentifier(name)}`)
  }

  async rollbackToSavepoint(connection: LeasedConnection, name: string): Promise<void> {
    await connection.send(`ROLLBACK TO SAVEPOINT ${quoteIdentifier(name)}`)
  }

  async releaseSavepoint(connection: LeasedConnection, name: string): Promise<void> {
    await connection.send(`RELEASE SAVEPOINT ${quoteIdentifier(name)}`)
  }

  async releaseConnection(connection: LeasedConnection): Promise<void> {
    connection.release()
  }

  async destroy(): Promise<void> {
    if (this.#closePool) await this.#pool.close()
  }
}

function optionsOf({ isolationLevel, accessMode }: TransactionSettings): TransactionOptions {
  return {
    // PostgreSQL treats them alike. A level it does not support ("snapshot") is rejected by name.
    isolation: (isolationLevel === "read uncommitted" ? "read committed" : isolationLevel) as TransactionOptions["isolation"],
    readOnly: accessMode === undefined ? undefined : accessMode === "read only",
  }
}
