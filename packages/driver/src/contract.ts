import type { PgsdError } from "./errors.ts"
import type { Target } from "./target.ts"
import type { ValueParsers } from "./values.ts"

/** Opens connections to PostgreSQL. What every adapter implements, and all that the other packages know of a driver. */
export interface Driver {
  /** The npm package behind it, e.g. `"pg"`; shown in errors and diagnostics. */
  readonly name: string
  /** What this driver can do. The conformance suite and the user read the same truth. */
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
   * attempt there: so are the addresses of a host raced, of which one alone logs in.
   */
  readonly onSocketConnect?: (() => void) | undefined
}

/** The manifest of a driver. A law of the conformance suite may be skipped by these flags alone. */
export interface DriverSupports {
  /** `"one"`: all connections share one session (PGlite), so a pool holds at most one. */
  readonly concurrency: "many" | "one"
  /** A socket is under it: dial, TLS, deadlines and the laws of loss apply, and a target is required. */
  readonly network: boolean
  /** Aborting a query stops it on the server. */
  readonly cancel: boolean
  /** Queries issued without awaiting share a round trip, in order; one with a signal only with those that have the same. */
  readonly pipeline: boolean
  /** SCRAM-SHA-256-PLUS. */
  readonly channelBinding: boolean
}

/** `busy` while a query is in flight; the others are the status in the server's last ReadyForQuery. */
export type ConnectionStatus = "idle" | "transaction" | "failed" | "busy" | "closed"

/**
 * One session. It never reconnects: once closed or lost it stays closed, every later query rejects at once. For another
 * session open another connection.
 */
export interface Connection {
  readonly status: ConnectionStatus
  readonly info: ConnectionInfo
  /** ParameterStatus as last reported by the server, e.g. `server_version`; reading it costs no round trip. */
  readonly serverParameters: Readonly<Record<string, string>>
  /**
   * Without parameters: the simple protocol; the text may hold several statements and the result is that of the last
   * statement, with the rows of the last one that returned rows. With parameters (an empty array counts): the extended protocol, one statement, unnamed unless `prepare`.
   *
   * @param params encoded by `serializeParameter`; their types are left to the server.
   * @throws QueryError (the server's error), DatabaseConnectionError (the connection is gone), or `options.signal.reason`.
   */
  query<R = Row>(sql: string, params?: readonly unknown[], options?: QueryOptions): Promise<QueryResult<R>>
  /**
   * Sends all steps through the extended protocol before the first is answered, and has the connection to itself meanwhile: one round trip,
   * one Sync. Behind a step that fails nothing runs; outside a transaction the steps before it are undone, too. COPY is refused, and nothing sent.
   *
   * @returns one result for each statement and each fetch, in order
   * @throws as query(); the error has the `statementIndex` of the statement or fetch that failed
   */
  pipeline(steps: readonly PipelineStep[], options?: PipelineOptions): Promise<PipelineResult[]>
  /**
   * `COPY … FROM STDIN`: sends what `source` yields as fast as the server takes it, and has the connection to itself meanwhile. A source
   * that fails undoes the statement; one that is not needed any more is ended by its return().
   *
   * @returns when the server has confirmed it
   * @throws as query(), or what the source failed with
   */
  copyFrom(sql: string, source: CopyChunks, options?: CopyOptions): Promise<CopyResult>
  /**
   * `COPY … TO STDOUT`: the server's bytes, cut anywhere; no more is read than is taken. Nothing is sent before the first next();
   * leaving early stops the statement, and the connection is usable, or closed, when return() has resolved.
   *
   * @throws as query(), from next()
   */
  copyTo(sql: string, options?: CopyOptions): CopyOutput
  /**
   * Called once for any death at any time: `undefined` after close() or destroy(), the error otherwise. A listener added
   * after the death is called in a microtask.
   */
  onClose(listener: (error: PgsdError | undefined) => void): void
  onNotice(listener: (notice: Notice) => void): void
  onNotification(listener: (notification: Notification) => void): void
  /** Graceful, idempotent and bounded: a query in flight may finish within the bound, then Terminate is sent and the socket closed. */
  close(): Promise<void>
  /** Now, synchronously; a query in flight rejects. */
  destroy(): void
  /** An idle connection keeps the process alive (default for a fresh connection) … */
  ref?(): void
  /** … or does not. A query in flight always does. */
  unref?(): void
  /** The driver's own client, for what the contract leaves out. */
  readonly native: unknown
}

export interface ConnectionInfo {
  /** What errors and diagnostics call it: the target's label, else `host:port/database`. */
  readonly label: string
  readonly host?: string
  /** The IP address that was dialled. */
  readonly address?: string
  readonly port?: number
  readonly user: string
  readonly database: string
  /** The server's process id, 0 if it has none. */
  readonly processId: number
  /** How the server checked who we are, e.g. `"scram-sha-256"`, `"trust"`. */
  readonly authentication: AuthenticationMethod
  /** Absent on a plain connection. */
  readonly tls?: TlsInfo
  /** DNS, TCP, TLS, start-up and authentication together, in ms. */
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
   * Use a named prepared statement, kept per connection. A string is its name, as pg_prepared_statements and EXECUTE know it: another
   * statement under that name replaces it, and it has the connection to itself. Breaks on poolers in transaction mode older than PgBouncer
   * 1.21. @default false
   */
  readonly prepare?: boolean | string | undefined
  /** Parsers that replace those of the value table, by type OID. */
  readonly types?: ValueParsers | undefined
  /** Rows as arrays in the order of the fields, so that two columns of one name are both there. @default rows as objects */
  readonly rowMode?: "array" | undefined
  /** What an undefined parameter becomes. @default it is refused */
  readonly undefinedAs?: "null" | undefined
  /** {@link QueryResult.results} has the result of every statement of the text, which has the connection to itself. @default the last ones alone */
  readonly results?: "all" | undefined
}

export type PipelineStep = PipelineStatement | PortalFetch | PortalClose

/** One statement, with its parameters' types left to the server. */
export interface PipelineStatement extends Omit<QueryOptions, "signal" | "prepare" | "results"> {
  readonly sql: string
  /** @default none */
  readonly params?: readonly unknown[] | undefined
  /** The server stops after so many rows: what is left stays in the portal until it is closed, at the latest until the transaction ends. @default all */
  readonly rows?: number | undefined
  /** What the portal is called. @default the unnamed one, which the next statement replaces */
  readonly portal?: string | undefined
}

/** More rows of a portal that was opened before. */
export interface PortalFetch extends Pick<QueryOptions, "types" | "rowMode"> {
  readonly fetch: string
  /** How many at most. */
  readonly rows: number
}

/** A missing one is not an error. */
export interface PortalClose {
  readonly close: string
}

export interface PipelineOptions {
  /** As of {@link QueryOptions}: nothing of the batch runs from then on. */
  readonly signal?: AbortSignal | undefined
}

export interface PipelineResult<R = Row> extends QueryResult<R> {
  /** The limit of rows was reached: there may be more in the portal, and the server has sent no command tag yet. */
  readonly suspended: boolean
}

/**
 * The data of a COPY FROM, cut anywhere: borders between chunks mean nothing. A chunk is the source's again as soon as the next one is
 * asked for: an adapter copies what it keeps for longer.
 */
export type CopyChunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

export interface CopyOptions {
  /** As of {@link QueryOptions}: also ends a source that the server waits for. */
  readonly signal?: AbortSignal | undefined
}

export interface CopyResult {
  /** Rows that were copied, as in the command tag. */
  readonly rowCount: number
}

export type CopyOutput = AsyncIterableIterator<Uint8Array> & AsyncDisposable

// biome-ignore lint/suspicious/noExplicitAny: a row's columns are known to the caller alone; `unknown` would make every read a cast.
export type Row = Record<string, any>

export interface QueryResult<R = Row> {
  readonly rows: R[]
  /** Rows returned or affected, as in the command tag; 0 for a command without a count. */
  readonly rowCount: number
  /** The command tag's word, e.g. `"SELECT"`, `"CREATE TABLE"`; `""` for an empty query. */
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

/** A server notice: RAISE NOTICE, warnings. Same shape on every driver. */
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
