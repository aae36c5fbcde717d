import type { SimulatedServer } from "../server.ts"
import type { VirtualClock } from "../virtual-clock.ts"

/** `lost`: the session was lost during the work, which no pool can prevent. `failed`: an error while waiting for a connection. */
export type Outcome = "served" | "lost" | "failed"

/** The pool of one process. */
export interface FleetPool {
  /** One caller: borrows a connection, works for `ms`, and releases it. */
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
