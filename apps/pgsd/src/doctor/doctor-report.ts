import type { PreflightReport } from "@pgsd/connector"

/** The most connections that an application opens. */
export interface PoolPlan {
  /** Of one pool. */
  readonly max: number
  /** Connections that a pool keeps open. */
  readonly min: number
  /** Processes, each with one such pool. */
  readonly processes: number
  /** It has a session of listen() in addition to `max`. */
  readonly listens: boolean
  /** How long a pool keeps a connection above `min` idle, in ms. */
  readonly idleTimeoutMs: number
  /** The pool's query timeout, in ms; Infinity is none. */
  readonly queryTimeoutMs: number
}

/** Client sessions on the server now, except our own. */
export interface SessionCounts {
  readonly total: number
  /** Of this role in this database: assumed to be the application's. */
  readonly ofRoleInDatabase: number
  readonly ofRole: number
  readonly ofDatabase: number
  /** Of other roles, whose state is hidden from this role. */
  readonly hidden: number
}

/** The preflight without its permission checks, and the additional findings. */
export type DoctorReport = Pick<
  PreflightReport,
  "ok" | "label" | "reachable" | "error" | "findings" | "connection" | "capacity" | "timeouts" | "durationMs"
> & {
  readonly pool: Pick<PoolPlan, "max" | "min" | "processes" | "listens">
  /** Absent if the server was not queried. */
  readonly sessions?: SessionCounts
}
