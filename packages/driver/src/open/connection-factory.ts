import type { LookupFunction } from "node:net"
import type { ConnectionConfig, ConnectionLiteral, SslMode } from "../connection-config.ts"
import type { Connection, Driver } from "../contract.ts"

export interface ConnectionFactoryOptions {
  readonly driver: Driver
  /** Required for a driver with a network; ignored by the others. */
  readonly connection?: ConnectionConfig | ConnectionLiteral | undefined
  /** How names become addresses; called with `{ all: true }`. @default dns.lookup */
  readonly lookup?: LookupFunction | undefined
  /** The dice of load_balance_hosts: a number from 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: (() => number) | undefined
  /** Deadline per address when the connection has none, in ms. @default 10_000 */
  readonly connectTimeoutMs?: number | undefined
  /**
   * For all addresses of one host together, in ms, when the connection has no `connect_timeout`: each address gets its part.
   * @default Infinity: each address has `connectTimeoutMs`
   */
  readonly hostTimeoutMs?: number | undefined
  /**
   * How long after one address of a host the next is dialled beside it, in ms (RFC 8305). The first that connects logs in, the others are
   * given up. `Infinity`: one after another, as libpq. @default 250
   */
  readonly attemptDelayMs?: number | undefined
  /** For how long a host, or an address of one, that did not answer is asked last, in ms. @default 10_000 */
  readonly hostRecheckMs?: number | undefined
}

export interface OpenOptions {
  readonly signal?: AbortSignal | undefined
  /** Ask the password's provider again instead of taking what it remembers: for the one retry after a refused password. @default false */
  readonly fresh?: boolean | undefined
}

/** Opens connections to one database as libpq does: hosts × addresses × encryption methods, until one fits. */
export interface ConnectionFactory {
  /** What errors and diagnostics call the database. */
  readonly label: string
  /** The driver's name. */
  readonly driver: string
  /** What was asked for; absent for a driver without a network. */
  readonly tls: { readonly mode: SslMode; readonly verify: "none" | "ca" | "full" } | undefined
  /** At most so many addresses × their deadline: an upper bound for open(), in ms, as far as it is known before names are looked up. */
  readonly connectBudgetMs: number
  /**
   * One attempt after another, no waiting in between: backing off is the caller's.
   *
   * @throws DatabaseConnectionError for a single attempt, {@link ConnectAttemptsError} for several, `signal.reason` when aborted.
   */
  readonly open: (options?: OpenOptions) => Promise<Connection>
}
