import type { LookupFunction } from "node:net"
import type { ConnectionConfig, ConnectionLiteral, SslMode } from "../connection-config.ts"
import type { Connection, Driver } from "../contract.ts"

export interface ConnectionFactoryOptions {
  readonly driver: Driver
  /** Required for a driver with a network; ignored by others. */
  readonly connection?: ConnectionConfig | ConnectionLiteral | undefined
  /** Resolves names; called with `{ all: true }`. @default dns.lookup */
  readonly lookup?: LookupFunction | undefined
  /** The random numbers of load_balance_hosts: from 0 (inclusive) to 1 (exclusive). @default Math.random */
  readonly random?: (() => number) | undefined
  /**
   * Timeout per address if the connection has none, in ms; of open() for a driver without a network. @default 10_000; without a network
   * 60_000
   */
  readonly connectTimeoutMs?: number | undefined
  /**
   * Timeout for all addresses of one host together, in ms, if the connection has no `connect_timeout`: each address gets a share.
   * @default Infinity: each address has `connectTimeoutMs`
   */
  readonly hostTimeoutMs?: number | undefined
  /**
   * Delay before the next address of a host is dialled in parallel, in ms (RFC 8305). The first to connect logs in, the others are aborted.
   * `Infinity`: sequentially, like libpq. @default 250
   */
  readonly attemptDelayMs?: number | undefined
  /**
   * How long an unresponsive host or address is tried last, in ms. @default 10_000, or the maximum time of one search if that is longer
   */
  readonly hostRecheckMs?: number | undefined
}

export interface OpenOptions {
  readonly signal?: AbortSignal | undefined
  /**
   * Calls the password provider again instead of using its cached result: for the single retry after a rejected password. @default false
   */
  readonly fresh?: boolean | undefined
}

/** Opens connections to one database by libpq's rules: hosts × addresses × encryption methods, until one is suitable. */
export interface ConnectionFactory {
  /** The database's name in errors and diagnostics. */
  readonly label: string
  /** The driver's name. */
  readonly driver: string
  /** The configured connection; absent for a driver without a network. */
  readonly tls: { readonly mode: SslMode; readonly verify: "none" | "ca" | "full" } | undefined
  /**
   * Tries all candidates without pauses: backoff is up to the caller. Always ends, because each address has a deadline.
   *
   * @throws DatabaseConnectionError for a single attempt, {@link ConnectAttemptsError} for several, `signal.reason` when aborted
   */
  readonly open: (options?: OpenOptions) => Promise<Connection>
}
