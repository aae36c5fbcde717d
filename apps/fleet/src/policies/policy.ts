import type { SimulatedServer } from "../server.ts"
import type { VirtualClock } from "../virtual-clock.ts"

/** `lost`: with the session on which the work was under way, which no pool can prevent. `failed`: while waiting for one. */
export type Outcome = "served" | "lost" | "failed"

/** The pool of one process. */
export interface FleetPool {
  /** One caller: a connection, `ms` of work on it, and back. */
  call(ms: number): Promise<Outcome>
}

export interface PolicyOptions {
  readonly clock: VirtualClock
  readonly server: SimulatedServer
  readonly random: () => number
  readonly max: number
  readonly idleTimeoutMs: number
}

export type Policy = (options: PolicyOptions) => FleetPool
