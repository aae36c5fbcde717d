import type { Driver, Row, Target } from "@pgsd/driver"

/** A driver to be judged, and what the laws need to judge it. */
export interface ConformanceSubject {
  /** Stands in front of every test's title. */
  readonly name: string
  readonly driver: Driver
  /**
   * Where to connect: a role with a password that may create tables in its own schema, on a server that serves no one else.
   * Called when a law runs, so the server may be started by then. Required for a driver with a network.
   */
  target?(): Target
  /** Another session, that of a superuser. Required for a driver with a network; `postgresServer()` is one. */
  readonly admin?: ConformanceAdmin | undefined
  /**
   * A statement of the driver's own client, without ours in between, e.g. `(client, sql) => client.query(sql)`. Sent at once; rejects as
   * the server refuses it.
   */
  native(client: unknown, sql: string): Promise<unknown>
  /** How a separate program loads the driver. Required for a driver with a network. */
  readonly program?: ConformanceProgram | undefined
  /** How often the laws about chance try. */
  readonly rounds?: ConformanceRounds | undefined
  /** How long what should happen at once may take, in ms; what may take its time has some multiples of it. @default 2_000 */
  readonly patienceMs?: number | undefined
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
  /** Cancel requests that are delayed, cut, refused or passed on late. @default 300 */
  readonly cancels?: number | undefined
  /** Number of moments at which the peer becomes unresponsive, out of all. @default all of them */
  readonly silences?: number | undefined
}

/** The part of a test runner that is used: vitest's and node:test's fit, and any of their shape. */
export interface ConformanceRunner {
  describe(name: string, define: () => void): unknown
  it(name: string, check: () => Promise<void>): unknown
}
