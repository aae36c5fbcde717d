import type { Connection, ConnectionInfo, ConnectionStatus, CopyOutput, CopyResult, QueryOptions, QueryResult, Row } from "../contract.ts"
import type { StatementInput } from "./statement.ts"

/** Options of a statement, on any handle. */
export interface CallOptions extends QueryOptions {
  /** Aborting rejects the call with `signal.reason` at once and cancels the statement on the server. */
  readonly signal?: AbortSignal | undefined
  /** Timeout of the statement, in ms; it is then cancelled like an aborted one. @default the pool's `queryTimeoutMs`, else Infinity */
  readonly timeoutMs?: number | undefined
  /**
   * Maximum number of rows: a larger result is an error, detected without fetching all of it. The effect of a writing statement (INSERT …
   * RETURNING) is then rolled back, which costs the round trips of a transaction; writes of a function called by a SELECT, and those of CALL,
   * are not. For a single statement. No prepared statement is used: a name in `prepare` is rejected in combination, and so is `results: "all"`.
   * @default Infinity
   */
  readonly maxRows?: number | undefined
}

/** Options of notify(). */
export type NotifyOptions = Pick<CallOptions, "signal" | "timeoutMs">

/** `types`, `rowMode` and `undefinedAs` apply to statements without their own. */
export interface BatchOptions extends Omit<QueryOptions, "prepare" | "results"> {
  /**
   * Aborting rejects the call with `signal.reason` at once and cancels the batch on the server: all of it has happened or nothing, which
   * the caller cannot know.
   */
  readonly signal?: AbortSignal | undefined
  /**
   * Timeout of the whole batch including COMMIT, in ms; it is then cancelled like an aborted one. @default the pool's `queryTimeoutMs`,
   * else Infinity
   */
  readonly timeoutMs?: number | undefined
  /**
   * Maximum number of rows per statement: a larger result is an error, detected without fetching all of it, and rolls the batch back. Costs
   * the round trips of a transaction. @default Infinity
   */
  readonly maxRows?: number | undefined
}

export interface StreamOptions extends Omit<QueryOptions, "prepare" | "results"> {
  /**
   * Aborting rejects with `signal.reason` and cancels the statement at once, even while the consumer is working, which frees the
   * connection.
   */
  readonly signal?: AbortSignal | undefined
  /** Rows per round trip, and the maximum number in memory. @default 1000 */
  readonly batchSize?: number | undefined
  /** Timeout of each round trip, in ms, without the consumer's own time. @default the pool's `queryTimeoutMs`, else Infinity */
  readonly timeoutMs?: number | undefined
}

/** The source of copyFrom(): bytes, strings, or rows as arrays of values. A Readable is an async iterable. */
export type CopySource = string | Uint8Array | Iterable<CopyPart> | AsyncIterable<CopyPart>
/** Bytes and strings are the data itself, split anywhere; an array is one row. */
export type CopyPart = Uint8Array | string | readonly unknown[]

export interface CopyToOptions {
  /** Aborting rejects at once with `signal.reason` and cancels the statement on the server. */
  readonly signal?: AbortSignal | undefined
  /** Maximum time without progress, in ms, without the time of copyTo()'s consumer. @default the pool's `queryTimeoutMs`, else Infinity */
  readonly timeoutMs?: number | undefined
}

export interface CopyFromOptions extends CopyToOptions {
  /** How an undefined value in a row is sent. @default rejected */
  readonly undefinedAs?: "null" | undefined
}

export type IsolationLevel = "read committed" | "repeatable read" | "serializable"

/** Options of a nested transaction, which is a savepoint: the modes belong to the outer transaction. */
export interface SavepointOptions {
  /**
   * Aborting ends `work`: its statements are cancelled, its effects are rolled back, and the call rejects with `signal.reason` at once.
   */
  readonly signal?: AbortSignal | undefined
  /** Timeout with the same effect, in ms; the error is a QueryTimeoutError. @default Infinity */
  readonly timeoutMs?: number | undefined
}

export interface TransactionOptions extends SavepointOptions {
  /** @default the server's default_transaction_isolation */
  readonly isolation?: IsolationLevel | undefined
  /** @default the server's default_transaction_read_only */
  readonly readOnly?: boolean | undefined
  /** Only useful for serializable read-only transactions. @default false */
  readonly deferrable?: boolean | undefined
  /** Maximum number of further attempts after SQLSTATE 40001 or 40P01, each with a new handle. @default 0 */
  readonly retries?: number | undefined
  /** Settings for this transaction only, sent along with BEGIN: `set_config(name, value, true)`. */
  readonly settings?: Readonly<Record<string, string>> | undefined
  /**
   * Timeout of the server's response to COMMIT, in ms. `signal` and `timeoutMs` never cancel COMMIT, because the caller could not tell
   * whether it took effect: after this time the call rejects with PGSD_COMMIT_UNKNOWN and the connection is destroyed. With `readOnly` they
   * do, because it makes no difference.
   * @default the pool's `commitTimeoutMs`, else 60_000
   */
  readonly commitTimeoutMs?: number | undefined
}

/**
 * Anything that executes SQL: a pool, a connection from it, a connector, a transaction. Every call rejects with a PgsdError that has the
 * database's `label`, or with the reason of the caller's own signal.
 *
 * @typeParam Wait options of the wait for a connection, on a handle that has to wait for one
 */
export interface Queryable<Wait = unknown> {
  /**
   * Executes one statement, or several in one string without parameters; see {@link Connection.query}.
   *
   * @param statement a string with `$1`, `$2` …, or an object `{ text, values }` as created by sql-template-tag and pg, or slonik's token
   * @throws QueryError, DatabaseConnectionError, QueryTimeoutError, TooManyRowsError, `options.signal.reason`
   */
  query<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions & Wait): Promise<QueryResult<R>>
  /** Returns the only row. @throws PgsdError PGSD_NOT_ONE_ROW if there is none or more than one */
  one<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions & Wait): Promise<R>
  /** Returns the only row, or undefined if there is none. @throws PgsdError PGSD_NOT_ONE_ROW if there are more */
  maybeOne<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions & Wait): Promise<R | undefined>
  /**
   * Executes several statements in one round trip, all or nothing: outside a transaction in a new one; inside one, a failure fails that
   * transaction. Rejects statements that begin or end a transaction, and COPY. Concurrent calls wait.
   *
   * @returns one result per statement, in order
   * @throws as query(), with `statementIndex`; PgsdError PGSD_COMMIT_UNKNOWN if the connection was lost and it is unknown whether all of it
   * took effect or nothing
   */
  batch<R = Row>(statements: readonly StatementInput[], options?: BatchOptions & Wait): Promise<QueryResult<R>[]>
  /**
   * Yields the rows of any statement in batches: one is in memory, the next is fetched on demand. Outside a transaction it runs in a new
   * one, which commits at the end and rolls back if the loop is left early, including the effects of a writing statement (INSERT …
   * RETURNING). Nothing is sent before the first next(). Rejects COPY and statements that end a transaction.
   */
  stream<R = Row>(
    statement: StatementInput,
    params?: readonly unknown[],
    options?: StreamOptions & Wait,
  ): AsyncIterableIterator<R> & AsyncDisposable
  /**
   * Executes `COPY … FROM STDIN` with a source: an iterable, an async iterable or a Readable. A row given as an array is written in COPY's
   * text format, with values serialised like parameters; with another format or delimiter in the statement, rows are rejected. All or
   * nothing: if the source fails, the server rejects a row or the call is aborted, nothing is copied. Concurrent calls wait.
   *
   * @throws as query(); QueryError, whose `where` names line and column; the source's error
   */
  copyFrom(statement: StatementInput, source: CopySource, options?: CopyFromOptions & Wait): Promise<CopyResult>
  /**
   * Executes `COPY … TO STDOUT` and yields the server's bytes, split anywhere, in chunks of some kB, with back-pressure. Nothing is sent
   * before the first next(). Leaving early cancels the statement, which fails an open transaction. Concurrent calls wait.
   */
  copyTo(statement: StatementInput, options?: CopyToOptions & Wait): CopyOutput
  /**
   * Sends `payload` to every session that listens on `channel` (NOTIFY); inside a transaction, when that commits. The name is
   * case-sensitive and has at most 63 bytes, a payload 7,999.
   *
   * @param payload @default ""
   * @throws as query(); PgsdError PGSD_INVALID_PARAMETER for a name or payload that the server does not accept
   */
  notify(channel: string, payload?: string, options?: NotifyOptions & Wait): Promise<void>
  /**
   * Runs BEGIN, `work`, COMMIT; ROLLBACK if `work` throws. On a transaction it is a savepoint, with only `signal` and `timeoutMs`. The
   * handle passed to `work` becomes unusable when `work` settles: calls that were not awaited are completed before COMMIT and cancelled
   * before ROLLBACK; later ones are rejected.
   *
   * @throws the error of `work`; PgsdError PGSD_ROLLED_BACK if nothing was committed although `work` succeeded, PGSD_COMMIT_UNKNOWN,
   * PGSD_TRANSACTION_IN_USE
   */
  transaction<T>(work: (transaction: Transaction) => T | Promise<T>, options?: TransactionOptions & Wait): Promise<T>
}

/** One connection for as long as it is held. While it has an open transaction, its own calls are rejected with PGSD_TRANSACTION_IN_USE. */
export interface Session extends Queryable, Connection {
  query<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<QueryResult<R>>
  copyFrom(statement: StatementInput, source: CopySource, options?: CopyFromOptions): Promise<CopyResult>
  copyTo(statement: StatementInput, options?: CopyToOptions): CopyOutput
}

/** The handle passed to transaction()'s callback. Unusable once the callback has settled, before COMMIT or ROLLBACK is sent. */
export interface Transaction extends Queryable {
  readonly info: ConnectionInfo
  readonly status: ConnectionStatus
  readonly serverParameters: Readonly<Record<string, string>>
  readonly native: unknown
  transaction<T>(work: (savepoint: Transaction) => T | Promise<T>, options?: SavepointOptions): Promise<T>
}
