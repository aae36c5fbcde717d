import type { ConnectionLiteral, Target } from "@pgsd/driver"
import type { PostgresServer, ServerRow } from "../postgres-server.ts"

/** PgBouncer's pool_mode: when a server connection returns to the pool. */
export type PoolMode = "session" | "transaction" | "statement"

export interface PgBouncerOptions {
  /** The server behind it; all its databases and users are available, with the users' passwords. */
  readonly server: PostgresServer
  readonly mode: PoolMode
  /** Settings of the `[pgbouncer]` section, e.g. `{ default_pool_size: 2 }`. @default PgBouncer's own */
  readonly settings?: Readonly<Record<string, string | number>> | undefined
  /** Timeout of the start, in ms. @default 60_000 */
  readonly timeoutMs?: number | undefined
  /** Aborts the start; nothing is left behind. */
  readonly signal?: AbortSignal | undefined
}

/**
 * A PgBouncer in front of a server, listening on 127.0.0.1 without TLS. It ends when close() is called, or with this process at the latest.
 */
export interface PgBouncer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly mode: PoolMode
  /** e.g. `"1.18.0"` */
  readonly version: string
  /** Whether named prepared statements work in every mode (1.21 and newer, with max_prepared_statements). */
  readonly preparedStatements: boolean
  /** User, password and database default to the server's. */
  url(overrides?: { user?: string | undefined; password?: string | undefined; database?: string | undefined }): string
  connection(overrides?: Partial<ConnectionLiteral>): ConnectionLiteral
  target(overrides?: Partial<Target>): Target
  /** A command of the admin console, e.g. `SHOW POOLS`, `PAUSE`. */
  admin(command: string): Promise<ServerRow[]>
  logs(): string
  close(): Promise<void>
}
