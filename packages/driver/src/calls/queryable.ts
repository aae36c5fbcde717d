import type { Connection, ConnectionInfo, ConnectionStatus, CopyOutput, CopyResult, QueryOptions, QueryResult, Row } from "../contract.ts"
import type { StatementInput } from "./statement.ts"

/** Options of a statement, on whatever it is called. */
export interface CallOptions extends QueryOptions {
  /** Aborting rejects the call with `signal.reason` at once and stops the statement on the server; the connection follows. */
  readonly signal?: AbortSignal | undefined
  /** How long the statement may take, in ms; then it is stopped like an aborted one. @default the pool's `queryTimeoutMs`, else Infinity */
  readonly timeoutMs?: number | undefined
  /**
   * A result with more rows is an error, found without fetching them all. What a statement that writes (INSERT … RETURNING) did is undone
   * then, which costs the round trips of a transaction; what a function wrote that a SELECT calls stays. No prepared statement is used: a name
   * in `prepare` is refused beside it, and so is `results: "all"`.
   * @default Infinity
   */
  readonly maxRows?: number | undefined
}

/** Options of notify(). */
export type NotifyOptions = Pick<CallOptions, "signal" | "timeoutMs">

/** `types`, `rowMode` and `undefinedAs` are for statements that do not have their own. */
export interface BatchOptions extends Omit<QueryOptions, "prepare" | "results"> {
  /** Aborting rejects the call with `signal.reason` at once and stops the batch on the server: all of it has happened, or nothing, and the caller cannot know which. */
  readonly signal?: AbortSignal | undefined
  /** How long the whole batch, its COMMIT included, may take, in ms; then it is stopped like an aborted one. @default the pool's `queryTimeoutMs`, else Infinity */
  readonly timeoutMs?: number | undefined
  /**
   * A statement with more rows is an error, found without fetching them all, and the whole batch is undone; that costs the round trips of a
   * transaction. @default Infinity
   */
  readonly maxRows?: number | undefined
}

export interface StreamOptions extends Omit<QueryOptions, "prepare" | "results"> {
  /** Aborting rejects with `signal.reason` and stops the statement at once, though the consumer is at work: the connection is free again. */
  readonly signal?: AbortSignal | undefined
  /** Rows per round trip, and the most that are held in memory. @default 1000 */
  readonly batchSize?: number | undefined
  /** For each round trip, in ms; the time in which the consumer works on a batch does not count. @default the pool's `queryTimeoutMs`, else Infinity */
  readonly timeoutMs?: number | undefined
}

/** What copyFrom() reads: bytes, text, or rows as arrays of values. A Readable is an async iterable. */
export type CopySource = string | Uint8Array | Iterable<CopyPart> | AsyncIterable<CopyPart>
/** Bytes and strings are the data as they are, cut anywhere; an array is one row. */
export type CopyPart = Uint8Array | string | readonly unknown[]

export interface CopyToOptions {
  /** Aborting rejects at once with `signal.reason` and stops the statement on the server. */
  readonly signal?: AbortSignal | undefined
  /** How long may pass in which no data moves, in ms; the time in which the consumer of copyTo() works does not count. @default the pool's `queryTimeoutMs`, else Infinity */
  readonly timeoutMs?: number | undefined
}

export interface CopyFromOptions extends CopyToOptions {
  /** What an undefined value of a row becomes. @default it is refused */
  readonly undefinedAs?: "null" | undefined
}

export type IsolationLevel = "read committed" | "repeatable read" | "serializable"

/** Options of a nested transaction, which is a savepoint: the modes belong to the transaction around it. */
export interface SavepointOptions {
  /** Ends `work`: its statements are stopped, what it did is rolled back, and the call rejects with `signal.reason` at once. */
  readonly signal?: AbortSignal | undefined
  /** The same after this time, in ms, with QueryTimeoutError. @default Infinity */
  readonly timeoutMs?: number | undefined
}

export interface TransactionOptions extends SavepointOptions {
  /** @default the server's default_transaction_isolation */
  readonly isolation?: IsolationLevel | undefined
  /** @default the server's default_transaction_read_only */
  readonly readOnly?: boolean | undefined
  /** Only meaningful for serializable read-only transactions. @default false */
  readonly deferrable?: boolean | undefined
  /** How often to run `work` again, each time with a new handle, after SQLSTATE 40001 or 40P01. @default 0 */
  readonly retries?: number | undefined
  /** Settings for this transaction alone, sent along with BEGIN: `set_config(name, value, true)`. */
  readonly settings?: Readonly<Record<string, string>> | undefined
  /**
   * How long the server may take to answer COMMIT, in ms. `signal` and `timeoutMs` never stop it, because the caller could not tell whether it
   * took effect: after this time the call rejects with PGSD_COMMIT_UNKNOWN and the connection is given up. With `readOnly` they do: it
   * makes no difference.
   * @default the pool's `commitTimeoutMs`, else 60_000
   */
  readonly commitTimeoutMs?: number | undefined
}

/**
 * Whatever SQL can be sent to: a pool, a connection out of it, a connector, a transaction. Every call rejects with a PgsdError that has
 * the database's `label`, or with the reason of the caller's own signal.
 */
export interface Queryable {
  /**
   * One statement, or several in one string when there are no parameters; see {@link Connection.query}.
   *
   * @param statement a string with `$1`, `$2` …, or `{ text, values }` as sql-template-tag and pg make it, or slonik's token
   * @throws QueryError, DatabaseConnectionError, QueryTimeoutError, TooManyRowsError, `options.signal.reason`
   */
  query<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<QueryResult<R>>
  /** The only row. @throws PgsdError PGSD_NOT_ONE_ROW when there is none or more than one */
  one<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<R>
  /** The only row, or undefined when there is none. @throws PgsdError PGSD_NOT_ONE_ROW when there are more */
  maybeOne<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<R | undefined>
  /**
   * Several statements in one round trip, all or nothing: outside a transaction in one of their own, inside one a failure fails that. Refused
   * are statements that begin or end a transaction, and COPY. Calls beside it wait.
   *
   * @returns one result for each statement, in order
   * @throws as query(), with `statementIndex`; PgsdError PGSD_COMMIT_UNKNOWN when the connection was lost and it is not known whether all of it
   * has happened, or nothing
   */
  batch<R = Row>(statements: readonly StatementInput[], options?: BatchOptions): Promise<QueryResult<R>[]>
  /**
   * Rows as they come, of any statement that returns some: one batch is in memory, the next is fetched when the consumer asks for it. Outside
   * a transaction it has one of its own, which is committed at the end and rolled back when the loop is left early: what a statement wrote
   * (INSERT … RETURNING) is undone then. Nothing is sent before the first next(). COPY and what ends a transaction are refused.
   */
  stream<R = Row>(
    statement: StatementInput,
    params?: readonly unknown[],
    options?: StreamOptions,
  ): AsyncIterableIterator<R> & AsyncDisposable
  /**
   * `COPY … FROM STDIN` from a source: an iterable, an async iterable or a Readable. A row given as an array is written in COPY's text
   * format, each value as a parameter would be; with another format or delimiter in the statement rows are refused. All or nothing: when
   * the source fails, the server refuses a row or the call is stopped, nothing has been copied. Calls beside it wait.
   *
   * @throws as query(); QueryError, whose `where` names line and column; what the source failed with
   */
  copyFrom(statement: StatementInput, source: CopySource, options?: CopyFromOptions): Promise<CopyResult>
  /**
   * `COPY … TO STDOUT`: the server's bytes, cut anywhere, in chunks of some kB; no more is read than is taken. Nothing is sent before the
   * first next(). Leaving early stops the statement, which fails a transaction that is open. Calls beside it wait.
   */
  copyTo(statement: StatementInput, options?: CopyToOptions): CopyOutput
  /**
   * NOTIFY: sends `payload` to every session that listens to `channel`; in a transaction, when that is committed. The name is taken as it
   * is, case included, and may have 63 bytes; a payload 7,999.
   *
   * @param payload @default ""
   * @throws as query(); PgsdError PGSD_INVALID_PARAMETER for a name or a payload that the server would not take
   */
  notify(channel: string, payload?: string, options?: NotifyOptions): Promise<void>
  /**
   * BEGIN, `work`, COMMIT; ROLLBACK when `work` throws. On a transaction it is a savepoint, which takes `signal` and `timeoutMs` alone.
   * The handle that `work` is given dies when `work` settles: calls that were not awaited are finished before COMMIT, and stopped
   * before ROLLBACK; later ones are refused.
   *
   * @throws what `work` throws; PgsdError PGSD_ROLLED_BACK when nothing was committed although `work` succeeded, PGSD_COMMIT_UNKNOWN,
   * PGSD_TRANSACTION_IN_USE
   */
  transaction<T>(work: (transaction: Transaction) => T | Promise<T>, options?: TransactionOptions): Promise<T>
}

/** One connection for as long as it is held. While a transaction of it is open, its own calls are refused with PGSD_TRANSACTION_IN_USE. */
export interface Session extends Queryable, Connection {
  query<R = Row>(statement: StatementInput, params?: readonly unknown[], options?: CallOptions): Promise<QueryResult<R>>
  copyFrom(statement: StatementInput, source: CopySource, options?: CopyFromOptions): Promise<CopyResult>
  copyTo(statement: StatementInput, options?: CopyToOptions): CopyOutput
}

/** What transaction() gives to its callback. Dead as soon as that has settled, before COMMIT or ROLLBACK is sent. */
export interface Transaction extends Queryable {
  readonly info: ConnectionInfo
  readonly status: ConnectionStatus
  readonly serverParameters: Readonly<Record<string, string>>
  readonly native: unknown
  transaction<T>(work: (savepoint: Transaction) => T | Promise<T>, options?: SavepointOptions): Promise<T>
}
