import type { Driver, Row, Target } from "@pgsd/driver"

/** The driver under test, and what the laws need. */
export interface ConformanceSubject {
  /** Prefix of every test's title. */
  readonly name: string
  readonly driver: Driver
  /**
   * A role with a password that may create tables in its own schema, on a server without other users. Called when a law runs, so the server
   * may be started later. Required for a driver with a network.
   */
  target?(): Target
  /** Another session, of a superuser. Required for a driver with a network; `postgresServer()` is one. */
  readonly admin?: ConformanceAdmin | undefined
  /**
   * Runs a statement on the driver's own client, bypassing the contract, e.g. `(client, sql) => client.query(sql)`. Must send it at once,
   * and reject with the server's error.
   */
  native(client: unknown, sql: string): Promise<unknown>
  /** How a separate process loads the driver. Required for a driver with a network. */
  readonly program?: ConformanceProgram | undefined
  /** Repetitions of the randomised laws. */
  readonly rounds?: ConformanceRounds | undefined
  /** Timeout for what should happen promptly, in ms; slower steps have a multiple of it. @default 2_000 */
  readonly timeoutMs?: number | undefined
}

export interface ConformanceAdmin {
  sql(text: string): Promise<readonly Row[]>
}

export interface ConformanceProgram {
  /** A module whose export `driver` is the driver. */
  readonly module: URL
  /** Options of node, e.g. a loader for TypeScript. @default none */
  readonly execArgv?: readonly string[] | undefined
}

export interface ConformanceRounds {
  /** Aborted queries, each followed by another query on its connection. @default 300 */
  readonly aborts?: number | undefined
  /** Connections cut at random moments. @default 500 */
  readonly cuts?: number | undefined
  /** Cancel requests that are delayed, cut, refused or forwarded late. @default 300 */
  readonly cancels?: number | undefined
  /** Number of moments, out of all, at which the peer becomes unresponsive. @default all */
  readonly silences?: number | undefined
}

/** The part of a test runner that is used: vitest, node:test, or any runner of the same shape. */
export interface ConformanceRunner {
  describe(name: string, define: () => void): unknown
  it(name: string, check: () => Promise<void>): unknown
}
