import { channel, type TracingChannel, tracingChannel } from "node:diagnostics_channel"
import type { ConnectionInfo, PgsdError } from "@pgsd/driver"
import type { ConnectionPool } from "./connection-pool.ts"
import type { CloseReason } from "./core/ledger.ts"

/** What each event of a pool says. */
export interface PoolEvent {
  /** Its label, which two pools may share, and which a connection that is a function or a promise decides when it is there. */
  readonly pool: string
  /** The pool itself: tells events of one from those of another, and has `stats()`. */
  readonly instance: ConnectionPool
}

/** `pgsd:pool:open`: a pool was created. */
export type PoolOpenEvent = PoolEvent

/** `pgsd:pool:close`: its close() has finished. */
export type PoolCloseEvent = PoolEvent

/** `pgsd:pool:connect`: a connection joined the pool. */
export interface PoolConnectEvent extends PoolEvent {
  readonly connection: ConnectionInfo
  /** Duration of the attempt including onConnect, in ms. */
  readonly durationMs: number
  readonly total: number
  /** Whether it is the session of listen(), which does not count towards `max`. */
  readonly listening: boolean
}

/** `pgsd:pool:connect-error`: an attempt failed. */
export interface PoolConnectErrorEvent extends PoolEvent {
  readonly error: PgsdError
  /** Number of waiting callers. */
  readonly waiting: number
  /** Duration of this attempt, in ms. */
  readonly durationMs: number
  /** The address, as far as it is known. */
  readonly host?: string | undefined
  readonly address?: string | undefined
  readonly port?: number | undefined
  /** Whether it is the session of listen(), which does not count towards `max`. */
  readonly listening: boolean
}

/** `pgsd:pool:disconnect`: a connection left the pool, for any reason. */
export interface PoolDisconnectEvent extends PoolEvent {
  readonly connection: ConnectionInfo
  readonly reason: CloseReason
  /** Time since it joined, in ms. */
  readonly ageMs: number
  /** Whether it is the session of listen(), which does not count towards `max`. */
  readonly listening: boolean
}

/** `pgsd:pool:acquire-failed`: a caller got no connection; published in the caller's async context. */
export interface PoolAcquireFailedEvent extends PoolEvent {
  /** A PoolError, a connect error, or the reason of the caller's signal. */
  readonly error: unknown
  /** In ms. */
  readonly waitMs: number
}

/** `pgsd:pool:acquire`: a caller got a connection. */
export interface PoolAcquireEvent extends PoolEvent {
  readonly processId: number
  /** In ms; 0 if the caller did not have to wait. */
  readonly waitMs: number
}

/** `pgsd:pool:release`: a lease ended. */
export interface PoolReleaseEvent extends PoolEvent {
  readonly processId: number
  /** In ms. */
  readonly heldMs: number
}

/** `pgsd:pool:lost`: a connection was lost, or failed its check or reset. */
export interface PoolLostEvent extends PoolEvent {
  readonly processId: number
  readonly error: PgsdError
  /** Whether it is the session of listen(), which does not count towards `max`. */
  readonly listening: boolean
}

/** `pgsd:pool:leak`: a lease has been held for longer than leakThresholdMs. Once per lease. */
export interface PoolLeakEvent extends PoolEvent {
  readonly processId: number
  readonly heldMs: number
  /** The stack of its acquire(). */
  readonly stack: string
}

/** `pgsd:pool:evict`: all existing connections will be replaced. */
export interface PoolEvictEvent extends PoolEvent {
  /** `"read-only"`: the server rejected a write with 25006, as after a failover. */
  readonly reason: "requested" | "read-only"
  readonly total: number
}

/**
 * `pgsd:pool:query`: a query on a lease, or of pool.query(), has ended. Parameters are never part of it. One event for a whole batch; one for
 * a whole stream, whose duration includes the time of its consumer.
 */
export interface PoolQueryEvent extends PoolEvent {
  readonly processId: number
  readonly sql: string
  /** The statements of a batch, which `sql` has one after the other. */
  readonly batch?: readonly string[] | undefined
  /** In ms. */
  readonly durationMs: number
  readonly rowCount?: number | undefined
  readonly error?: unknown
}

/** The context object of one statement, shared by all events of its trace. */
export interface PoolQueryTrace extends PoolEvent {
  readonly connection: ConnectionInfo
  readonly sql: string
  /** The statements of a batch, which `sql` has one after the other. */
  readonly batch?: readonly string[] | undefined
  /** The context of the enclosing transaction, if the pool or the session has started one. */
  readonly transaction?: PoolTransactionTrace | undefined
  rowCount?: number | undefined
  error?: unknown
}

/** The context object of one transaction; each attempt of `retries` has its own. */
export interface PoolTransactionTrace extends PoolEvent {
  readonly connection: ConnectionInfo
  /** Whether it was started READ ONLY. */
  readonly readOnly: boolean
  /** The error that rolled it back. */
  error?: unknown
}

export interface PoolChannels {
  readonly "pgsd:pool:open": PoolOpenEvent
  readonly "pgsd:pool:close": PoolCloseEvent
  readonly "pgsd:pool:disconnect": PoolDisconnectEvent
  readonly "pgsd:pool:acquire-failed": PoolAcquireFailedEvent
  readonly "pgsd:pool:connect": PoolConnectEvent
  readonly "pgsd:pool:connect-error": PoolConnectErrorEvent
  readonly "pgsd:pool:acquire": PoolAcquireEvent
  readonly "pgsd:pool:release": PoolReleaseEvent
  readonly "pgsd:pool:lost": PoolLostEvent
  readonly "pgsd:pool:leak": PoolLeakEvent
  readonly "pgsd:pool:evict": PoolEvictEvent
  readonly "pgsd:pool:query": PoolQueryEvent
}

/** In the shape of `diagnostics_channel.tracingChannel(name)`: `tracing:<name>:start`, `end`, `asyncStart`, `asyncEnd` and `error`. */
export interface PoolTraces {
  readonly "pgsd:pool:statement": PoolQueryTrace
  readonly "pgsd:pool:transaction": PoolTransactionTrace
}

/** What the event or trace says besides its pool. */
type Own<E extends PoolEvent> = Omit<E, keyof PoolEvent>

/** An event, or the context object of a trace, of the pool `instance`. */
export function eventOf<E extends PoolEvent>(instance: ConnectionPool, own: Own<E>): E {
  return { pool: instance.label, instance, ...own } as E
}

/** Check `hasSubscribers` before creating an event: the check costs 5 ns, the event more. */
export const channels = {
  connect: channel("pgsd:pool:connect"),
  connectError: channel("pgsd:pool:connect-error"),
  acquire: channel("pgsd:pool:acquire"),
  release: channel("pgsd:pool:release"),
  lost: channel("pgsd:pool:lost"),
  leak: channel("pgsd:pool:leak"),
  evict: channel("pgsd:pool:evict"),
  query: channel("pgsd:pool:query"),
  open: channel("pgsd:pool:open"),
  close: channel("pgsd:pool:close"),
  disconnect: channel("pgsd:pool:disconnect"),
  acquireFailed: channel("pgsd:pool:acquire-failed"),
}

export const statements = tracingChannel<unknown, PoolQueryTrace>("pgsd:pool:statement")
export const transactions = tracingChannel<unknown, PoolTransactionTrace>("pgsd:pool:transaction")

type Trace<C extends object> = TracingChannel<unknown, C>

export function traceEnded<C extends { error?: unknown }>({ error, asyncStart, asyncEnd }: Trace<C>, context: C): void {
  if (context.error !== undefined) error.publish(context)
  asyncStart.publish(context)
  asyncEnd.publish(context)
}
