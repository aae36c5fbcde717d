import type { Callers } from "./callers.ts"
import type { FailurePolicy } from "./failure-policy.ts"
import type { IdleList } from "./idle-list.ts"
import type { Ledger } from "./ledger.ts"
import type { ResourcePort } from "./resource-port.ts"
import type { CoreSettings } from "./settings.ts"

export type CoreState = "open" | "suspended" | "closing" | "closed"

/** Mutable state of a core that belongs to no single part. */
export interface Mode {
  state: CoreState
  max: number
  min: number
  /** Incremented by evict(); a slot of an older generation is retired on release. */
  generation: number
  /** closeIdle() has emptied the pool on purpose: `min` is not refilled until a caller asks for a connection. */
  parked: boolean
}

/** What the parts of one core share. Not visible outside the core. */
export interface Parts<T, L> {
  readonly port: ResourcePort<T, L>
  readonly settings: CoreSettings
  readonly mode: Mode
  readonly ledger: Ledger<T>
  readonly idle: IdleList<T>
  readonly callers: Callers<L>
  readonly policy: FailurePolicy
  /** In ms; advances while the machine sleeps. */
  readonly wallNow: () => number
}
