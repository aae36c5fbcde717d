import type { PgsdError } from "./errors.ts"
import type { Target } from "./target.ts"

/** Opens connections to PostgreSQL. Implemented by every adapter; the other packages know nothing else of a driver. */
export interface Driver {
  /** The underlying npm package, e.g. `"pg"`; shown in errors and diagnostics. */
  readonly name: string
  /** What this driver can do, for the conformance suite and for users. */
  readonly supports: DriverSupports
  /**
   * One attempt at one target: no retry, no pool, no fallback.
   *
   * @param target required when `supports.network` is true.
   * @throws DatabaseConnectionError with `phase` and `code`; `options.signal.reason` when aborted. Nothing stays open.
   */
  connect(target?: Target, options?: ConnectOptions): Promise<Connection>
}

export interface ConnectOptions {
  readonly signal?: AbortSignal | undefined
  /**
   * A driver with a network calls it when its socket is connected, before anything is sent. An abort of `signal` from within it ends the
   * attempt there: this is how the addresses of a host are raced, of which only one logs in.
   */
  readonly onSocketConnect?: (() => void) | undefined
}

/** The manifest of a driver. Only these flags exclude laws of the conformance suite. */
export interface DriverSupports {
  /** `"one"`: all connections share one session (PGlite), so a pool holds at most one. */
  readonly concurrency: "many" | "one"
  /** It uses a socket: dial, TLS, deadlines and the laws about lost connections apply, and a target is required. */
  readonly network: boolean
  /** Aborting a query stops it on the server. */
  readonly cancel: boolean
  /** Queries issued without awaiting share a round trip, in order; one with a signal shares it only with those that have the same signal. */
  readonly pipeline: boolean
  /** SCRAM-SHA-256-PLUS. */
  readonly channelBinding: boolean
}

/** `busy` while a query is in flight; the others are the status in the server's last ReadyForQuery. */
export type ConnectionStatus = "idle" | "transaction" | "failed" | "busy" | "closed"

/**
 * One session. It never reconnects: once closed or lost it stays closed, and every later query rejects at once. For another
 * session open another connection.
 */
export interface Connection {
  readonly status: ConnectionStatus
  /**
   * Another number whenever a transaction has ended, whatever ended it, `native` included: while it stays the same, the open transaction
   * is still the same one. `COMMIT; BEGIN` in one string, or COMMIT AND CHAIN, does not show in `status`.
   */
  readonly transactionEpoch: number
  readonly info: ConnectionInfo
  /** ParameterStatus as last reported by the server, e.g. `server_version`; without a round trip. */
  readonly serverParameters: Readonly<Record<string, string>>
  /**
   * Without parameters: the simple protocol; the text may contain several statements and the result is that of the last
   * statement, with the rows of the last one that returned rows. With parameters (an empty array counts): the extended protocol, one statement, unnamed unless `prepare`.
   *
   * @param params encoded by `serializeParameter`; the server determines their types.
   * @throws QueryError (the server's error), DatabaseConnectionError (the connection is gone), or `options.signal.reason`.
   */
  query<R = Row>(sql: string, params?: readonly unknown[], options?: QueryOptions): Promise<QueryResult<R>>
  /**
   * Sends all steps through the extended protocol before the first is answered, and has the connection to itself meanwhile: one round trip,
   * one Sync. After a failed step nothing runs; outside a transaction the steps before it are undone, too. COPY is refused without sending anything.
   *
   * @returns one result for each statement and each fetch, in order
   * @throws as query(); the error has the `statementIndex` of the statement or fetch that failed
   */
  pipeline(steps: readonly PipelineStep[], options?: PipelineOptions): Promise<PipelineResult[]>
  /**
   * `COPY … FROM STDIN`: sends what `source` yields as fast as the server accepts it, and has the connection to itself meanwhile. A failing
   * source undoes the statement; one that is no longer needed, or never was because the call is refused, is closed by its return(). An error
   * of a Readable that comes before it is read ends no process.
   *
   * @returns when the server has confirmed it
   * @throws as query(), or the source's error
   */
  copyFrom(sql: string, source: CopyChunks, options?: CopyOptions): Promise<CopyResult>
  /**
   * `COPY … TO STDOUT`: the server's bytes, split anywhere, read no faster than consumed. Nothing is sent before the first next();
   * leaving early stops the statement, and the connection is usable or closed when return() has resolved.
   *
   * @throws as query(), from next()
   */
  copyTo(sql: string, options?: CopyOptions): CopyOutput
  /**
   * Called once when the connection ends: with `undefined` after close() or destroy(), otherwise with the error. A listener added
   * afterwards is called in a microtask.
   */
  onClose(listener: (error: PgsdError | undefined) => void): void
  onNotice(listener: (notice: Notice) => void): void
  onNotification(listener: (notification: Notification) => void): void
  /** Graceful, idempotent and bounded: a query in flight may finish within the bound, then Terminate is sent and the socket closed. */
  close(): Promise<void>
  /** Closes at once, synchronously; a query in flight rejects. */
  destroy(): void
  /** An idle connection keeps the process alive (the default) … */
  ref?(): void
  /** … or does not. A query in flight always does. */
  unref?(): void
  /** The driver's own client, for what is not in the contract. */
  readonly native: unknown
}

export interface ConnectionInfo {
  /** Its name in errors and diagnostics: the target's label, else `host:port/database`. */
  readonly label: string
  readonly host?: string
  /** The dialled IP address. */
  readonly address?: string
  readonly port?: number
  readonly user: string
  readonly database: string
  /** The server's process id, 0 if it has none. */
  readonly processId: number
  /** How the server authenticated us, e.g. `"scram-sha-256"`, `"trust"`. */
  readonly authentication: AuthenticationMethod
  /** Absent without TLS. */
  readonly tls?: TlsInfo
  /** DNS, TCP, TLS, startup and authentication together, in ms. */
  readonly connectTimeMs: number
}

export type AuthenticationMethod = "trust" | "password" | "md5" | "scram-sha-256" | "scram-sha-256-plus" | "unknown"

export interface TlsInfo {
  /** e.g. `"TLSv1.3"` */
  readonly protocol: string
  readonly cipher: string
  readonly peerCertificate?: PeerCertificateInfo
}

export interface PeerCertificateInfo {
  readonly subject: string
  readonly issuer: string
  /** As Node prints it, e.g. `"DNS:db.example.com, IP Address:10.0.0.1"`. */
  readonly subjectAltName?: string
  readonly validFrom: string
  readonly validTo: string
  readonly fingerprint256: string
}

export interface QueryOptions {
  /** Aborting rejects the query with `signal.reason` and, where the driver supports it, stops it on the server. */
  readonly signal?: AbortSignal | undefined
  /**
   * Use a named prepared statement, kept per connection. A string is its name, as in pg_prepared_statements and EXECUTE: another
   * statement with that name replaces it, and it has the connection to itself. Breaks on poolers in transaction mode older than PgBouncer
   * 1.21. @default false
   */
  readonly prepare?: boolean | string | undefined
  /** Parsers that override the value table, by type OID. */
  readonly types?: ValueParsers | undefined
  /** Rows as arrays in the order of the fields, which keeps two columns of the same name. @default rows as objects */
  readonly rowMode?: "array" | undefined
  /** What an undefined parameter becomes. @default refused */
  readonly undefinedAs?: "null" | undefined
  /** {@link QueryResult.results} has the result of every statement of the text, which has the connection to itself. @default the last ones alone */
  readonly results?: "all" | undefined
}

export type PipelineStep = PipelineStatement | PortalFetch | PortalClose

/** One statement; the server determines its parameters' types. */
export interface PipelineStatement extends Omit<QueryOptions, "signal" | "prepare" | "results"> {
  readonly sql: string
  /** @default none */
  readonly params?: readonly unknown[] | undefined
  /** Maximum number of rows: the rest stays in the portal until it is closed, at the latest until the transaction ends. @default all */
  readonly rows?: number | undefined
  /** The portal's name. @default the unnamed one, which the next statement replaces */
  readonly portal?: string | undefined
}

/** More rows of an open portal. */
export interface PortalFetch extends Pick<QueryOptions, "types" | "rowMode"> {
  readonly fetch: string
  /** Maximum number of rows. */
  readonly rows: number
}

/** A missing one is not an error. */
export interface PortalClose {
  readonly close: string
}

export interface PipelineOptions {
  /** As in {@link QueryOptions}: nothing of the batch runs from then on. */
  readonly signal?: AbortSignal | undefined
}

export interface PipelineResult<R = Row> extends QueryResult<R> {
  /** The row limit was reached: there may be more rows in the portal, and the server has not sent a command tag yet. */
  readonly suspended: boolean
}

/**
 * The data of a COPY FROM, split anywhere: chunk boundaries have no meaning. A chunk belongs to the source again as soon as the next one is
 * requested: an adapter copies what it keeps for longer.
 */
export type CopyChunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

export interface CopyOptions {
  /** As in {@link QueryOptions}: also ends a source that the server is waiting for. */
  readonly signal?: AbortSignal | undefined
}

export interface CopyResult {
  /** Number of copied rows, from the command tag. */
  readonly rowCount: number
}

export type CopyOutput = AsyncIterableIterator<Uint8Array> & AsyncDisposable

// biome-ignore lint/suspicious/noExplicitAny: a row's columns are known to the caller alone; `unknown` would make every read a cast.
export type Row = Record<string, any>

export interface QueryResult<R = Row> {
  readonly rows: R[]
  /** Rows returned or affected, from the command tag; 0 for a command without a count. */
  readonly rowCount: number
  /** The command, from the command tag, e.g. `"SELECT"`, `"CREATE TABLE"`; `""` for an empty query. */
  readonly command: string
  readonly fields: readonly Field[]
  /** With `results: "all"`: one for each statement of the text, in order. */
  readonly results?: readonly QueryResult[]
}

export interface Field {
  readonly name: string
  /** OID of the column's type (pg_type.oid). */
  readonly typeId: number
  /** OID of the table the column comes from, 0 if none. */
  readonly tableId: number
  /** pg_attribute.attnum, 0 if none. */
  readonly columnId: number
}

/** A server notice: RAISE NOTICE, warnings. The same on every driver. */
export interface Notice {
  /** e.g. `"NOTICE"`, `"WARNING"` (never localised). */
  readonly severity: string
  readonly sqlState: string
  readonly message: string
  readonly detail?: string
  readonly hint?: string
}

/** NOTIFY, as received after LISTEN. */
export interface Notification {
  readonly channel: string
  readonly payload: string
  readonly processId: number
}

/** Parses the text of one value. The table's parsers never throw: what they do not understand stays a string. */
export type ValueParser = (text: string) => unknown

/** By type OID. */
export type ValueParsers = Readonly<Record<number, ValueParser>>
