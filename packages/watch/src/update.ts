import type { PoolStats } from "@pgsd/pool"

/** The data for the page: everything when it opens, then changes. Read by page/watch.js. */
export interface Update {
  /** Wall clock of the server, in ms. */
  readonly now: number
  readonly pools: readonly PoolUpdate[]
}

export interface PoolUpdate {
  readonly label: string
  readonly stats: PoolStats
  /** The last health check; absent before the first. */
  readonly health?: Health | undefined
  /** New ones, oldest first. */
  readonly samples: readonly Sample[]
  /** New and repeated ones, oldest first. */
  readonly occurrences: readonly Occurrence[]
}

export interface Health {
  readonly at: number
  readonly healthy: boolean
  /** The reason, if it is not healthy. */
  readonly failure?: Failure | undefined
}

/** One pool at one moment; rates cover the time since the previous sample. */
export interface Sample {
  readonly at: number
  readonly idle: number
  readonly leased: number
  readonly connecting: number
  /** Being checked, reset or closed. */
  readonly busy: number
  readonly waiting: number
  /** In ms, over the last seconds; null if there was none. */
  readonly acquire: Percentiles | null
  readonly query: Percentiles | null
  readonly queriesPerSecond: number
  readonly errorsPerSecond: number
}

export type Percentiles = readonly [p50: number, p95: number, p99: number]

export type OccurrenceKind = "connect" | "connect-error" | "lost" | "leak" | "evict" | "query-error" | "acquire-timeout"

export interface Occurrence {
  readonly id: number
  readonly kind: OccurrenceKind
  /** Time of the last occurrence. */
  readonly at: number
  /** Number of consecutive occurrences. */
  readonly count: number
  readonly text: string
  readonly failure?: Failure | undefined
  /** The statement of a query, without its parameters, shortened. */
  readonly sql?: string | undefined
}

export interface Failure {
  readonly message: string
  readonly code?: string | undefined
  readonly sqlState?: string | undefined
  readonly hint?: string | undefined
}
