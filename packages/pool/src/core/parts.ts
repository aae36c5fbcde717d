import type { Callers } from "./callers.ts"
import type { FailurePolicy } from "./failure-policy.ts"
import type { IdleList } from "./idle-list.ts"
import type { Ledger } from "./ledger.ts"
import type { ResourcePort } from "./resource-port.ts"
import type { CoreSettings } from "./settings.ts"

export type CoreState = "open" | "suspended" | "closing" | "closed"

/** What of a core changes and belongs to none of its parts alone. */
export interface Mode {
  state: CoreState
  max: number
  min: number
  /** evict() moves it on; a slot of an older one is retired when it comes back. */
  generation: number
  /** closeIdle() has emptied the pool on purpose: `min` rests until a caller asks for a connection. */
  parked: boolean
}

/** What the parts of one core share. Nothing outside the core sees it. */
export interface Parts<T, L> {
  readonly port: ResourcePort<T, L>
  readonly settings: CoreSettings
  readonly mode: Mode
  readonly ledger: Ledger<T>
  readonly idle: IdleList<T>
  readonly callers: Callers<L>
  readonly policy: FailurePolicy
  /** In ms; goes on while the machine sleeps. */
  readonly wallNow: () => number
}
