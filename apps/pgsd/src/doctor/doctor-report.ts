import type { PreflightReport } from "@pgsd/connector"

/** How many connections an application opens at most. */
export interface PoolPlan {
  /** Of one pool. */
  readonly max: number
  /** Connections that a pool keeps open. */
  readonly min: number
  /** Each with one such pool. */
  readonly processes: number
  /** It has the session of listen() beside `max`. */
  readonly listens: boolean
  /** How long a pool keeps a connection over `min` idle, in ms. */
  readonly idleTimeoutMs: number
  /** The pool's own limit for a query, in ms; Infinity is none. */
  readonly queryTimeoutMs: number
}

/** Sessions of clients on the server now, without the one that asks. */
export interface SessionCounts {
  readonly total: number
  /** Of this role in this database: taken for sessions of the application that is asked about. */
  readonly ofRoleInDatabase: number
  readonly ofRole: number
  readonly ofDatabase: number
  /** Of other roles, whose state this role may not read. */
  readonly hidden: number
}

/** The preflight without what it says of permissions, and what was found beyond it. */
export type DoctorReport = Pick<
  PreflightReport,
  "ok" | "label" | "reachable" | "error" | "findings" | "connection" | "capacity" | "timeouts" | "durationMs"
> & {
  readonly pool: Pick<PoolPlan, "max" | "min" | "processes" | "listens">
  /** Absent where the server was not asked. */
  readonly sessions?: SessionCounts
}
