import type { QueryResult as PgsdResult } from "@pgsd/driver"
import type { Queryable, TransactionOptions } from "@pgsd/driver/calls"
import type { Lease } from "@pgsd/pool"
import type { CompiledQuery, DatabaseConnection, QueryResult } from "kysely"
import { OpenTransaction } from "./open-transaction.ts"
import { optionsOf, type StatementOptions } from "./query-options.ts"

/** Commands whose row count Kysely reports as `numAffectedRows`. */
const COUNTED: ReadonlySet<string> = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"])
const DEFAULT_CHUNK_SIZE = 100

/** Options that Kysely 0.29 and later passes with a call. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined
}

/** One lease, and the transaction that Kysely has started on it. */
export class LeasedConnection implements DatabaseConnection {
  readonly #lease: Lease
  #transaction: OpenTransaction | undefined

  constructor(lease: Lease) {
    this.#lease = lease
  }

  async begin(options: TransactionOptions): Promise<void> {
    this.#transaction = await OpenTransaction.begin(this.#lease, options)
  }

  async commit(): Promise<void> {
    try {
      await this.#transaction?.commit()
    } finally {
      this.#transaction = undefined
    }
  }

  /** Does nothing after the end: Kysely rolls back even after a failed COMMIT. */
  async rollback(): Promise<void> {
    try {
      await this.#transaction?.rollback()
    } finally {
      this.#transaction = undefined
    }
  }

  async send(sql: string): Promise<void> {
    await this.#target.query(sql)
  }

  release(): void {
    this.#lease.release()
  }

  /** @param abortable passed by Kysely 0.29 and later */
  async executeQuery<R>(compiled: CompiledQuery, abortable?: Abortable): Promise<QueryResult<R>> {
    const { options, end } = optionsOf(compiled.queryId, abortable?.signal)
    try {
      const { rows, rowCount, command } = await this.#ask<R>(compiled, options)
      return COUNTED.has(command) ? { rows, numAffectedRows: BigInt(rowCount) } : { rows }
    } finally {
      end()
    }
  }

  async *streamQuery<R>(
    compiled: CompiledQuery,
    chunkSize = DEFAULT_CHUNK_SIZE,
    abortable?: Abortable,
  ): AsyncIterableIterator<QueryResult<R>> {
    const { options, end } = optionsOf(compiled.queryId, abortable?.signal)
    const { signal, timeoutMs, types } = options ?? {}
    let rows: R[] = []
    try {
      const stream = { batchSize: chunkSize, signal, timeoutMs, types }
      for await (const row of this.#target.stream<R>(compiled.sql, withNulls(compiled.parameters), stream)) {
        rows.push(row)
        if (rows.length < chunkSize) continue
        yield { rows }
        rows = []
      }
      if (rows.length > 0) yield { rows }
    } finally {
      end()
    }
  }

  get #target(): Queryable {
    return this.#transaction?.handle ?? this.#lease
  }

  #ask<R>({ sql, parameters }: CompiledQuery, options: StatementOptions | undefined): Promise<PgsdResult<R>> {
    // An empty list would select the extended protocol, which takes one statement; raw SQL may contain several, as with pg.
    return this.#target.query<R>(sql, parameters.length === 0 ? undefined : withNulls(parameters), options)
  }
}

/** pg sends undefined as NULL, and users of Kysely's `sql` rely on it. */
function withNulls(parameters: readonly unknown[]): readonly unknown[] {
  return parameters.includes(undefined) ? parameters.map((each) => (each === undefined ? null : each)) : parameters
}
