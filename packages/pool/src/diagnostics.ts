import { channel } from "node:diagnostics_channel"
import type { ConnectionInfo, PgsdError } from "@pgsd/driver"

/** `pgsd:pool:connect`: a connection joined the pool. */
export interface PoolConnectEvent {
  readonly pool: string
  readonly connection: ConnectionInfo
  /** Attempt and onConnect together, in ms. */
  readonly durationMs: number
  readonly total: number
}

/** `pgsd:pool:connect-error`: an attempt failed. */
export interface PoolConnectErrorEvent {
  readonly pool: string
  readonly error: PgsdError
  /** Callers that wait. */
  readonly waiting: number
}

/** `pgsd:pool:acquire`: a caller got a connection. */
export interface PoolAcquireEvent {
  readonly pool: string
  readonly processId: number
  /** In ms; 0 when nobody had to wait. */
  readonly waitMs: number
}

/** `pgsd:pool:release`: a lease ended. */
export interface PoolReleaseEvent {
  readonly pool: string
  readonly processId: number
  /** In ms. */
  readonly heldMs: number
}

/** `pgsd:pool:lost`: a connection died by itself, or failed its check or its reset. */
export interface PoolLostEvent {
  readonly pool: string
  readonly processId: number
  readonly error: PgsdError
}

/** `pgsd:pool:leak`: a lease is held for longer than leakThresholdMs. Once per lease. */
export interface PoolLeakEvent {
  readonly pool: string
  readonly processId: number
  readonly heldMs: number
  /** Where it was acquired. */
  readonly stack: string
}

/** `pgsd:pool:evict`: all connections of this moment are to be replaced. */
export interface PoolEvictEvent {
  readonly pool: string
  /** `"read-only"`: the server refused a write with 25006, as after a failover. */
  readonly reason: "requested" | "read-only"
  readonly total: number
}

/** `pgsd:pool:query`: a query on a lease, or of pool.query(), has ended. Parameters are never part of it. */
export interface PoolQueryEvent {
  readonly pool: string
  readonly processId: number
  readonly sql: string
  /** In ms. */
  readonly durationMs: number
  readonly rowCount?: number | undefined
  readonly error?: unknown
}

export interface PoolChannels {
  readonly "pgsd:pool:connect": PoolConnectEvent
  readonly "pgsd:pool:connect-error": PoolConnectErrorEvent
  readonly "pgsd:pool:acquire": PoolAcquireEvent
  readonly "pgsd:pool:release": PoolReleaseEvent
  readonly "pgsd:pool:lost": PoolLostEvent
  readonly "pgsd:pool:leak": PoolLeakEvent
  readonly "pgsd:pool:evict": PoolEvictEvent
  readonly "pgsd:pool:query": PoolQueryEvent
}

/** Ask `hasSubscribers` before an event is made: it costs 5 ns, the event more. */
export const channels = {
  connect: channel("pgsd:pool:connect"),
  connectError: channel("pgsd:pool:connect-error"),
  acquire: channel("pgsd:pool:acquire"),
  release: channel("pgsd:pool:release"),
  lost: channel("pgsd:pool:lost"),
  leak: channel("pgsd:pool:leak"),
  evict: channel("pgsd:pool:evict"),
  query: channel("pgsd:pool:query"),
}
