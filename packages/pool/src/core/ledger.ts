import { type Slot, State } from "./slot.ts"

/**
 * `idle`: idleTimeoutMs, resize() or closeIdle() · `lifetime`: maxLifetimeMs · `evict`: evict() or a failover · `lost`: died by itself ·
 * `error`: a failed check or reset, a fatal error, or its holder's destroy() · `close`: the pool's close().
 */
export type CloseReason = "idle" | "lifetime" | "evict" | "lost" | "error" | "close"

export interface Counters {
  /** Since the pool was made: connections handed over … */
  readonly acquired: number
  /** … callers whose deadline passed … */
  readonly timeouts: number
  /** … or whose signal fired; */
  readonly aborted: number
  /** connections opened, attempts that failed, connections that died by themselves, */
  readonly created: number
  readonly connectErrors: number
  readonly lost: number
  /** and why connections were closed. */
  readonly closedBy: Readonly<Record<CloseReason, number>>
}

/** One counter per state, kept by the only function that changes a state, and what has happened so far. */
export class Ledger<T> {
  /** Every slot that is not closed. */
  readonly slots = new Set<Slot<T>>()
  readonly #counts = [0, 0, 0, 0, 0, 0, 0]
  acquired = 0
  timeouts = 0
  aborted = 0
  created = 0
  connectErrors = 0
  lost = 0
  readonly closedBy: Record<CloseReason, number> = { idle: 0, lifetime: 0, evict: 0, lost: 0, error: 0, close: 0 }

  enter(slot: Slot<T>): void {
    this.slots.add(slot)
    this.#counts[slot.state]!++
  }

  move(slot: Slot<T>, to: State): void {
    this.#counts[slot.state]!--
    this.#counts[to]!++
    slot.state = to
    if (to === State.closed) this.slots.delete(slot)
  }

  count(state: State): number {
    return this.#counts[state]!
  }

  /** What has happened so far. */
  counters(): Counters {
    const { acquired, timeouts, aborted, created, connectErrors, lost, closedBy } = this
    return { acquired, timeouts, aborted, created, connectErrors, lost, closedBy: { ...closedBy } }
  }

  get total(): number {
    return this.slots.size
  }

  /** Those that are or may become of use to a caller. */
  get usable(): number {
    return this.slots.size - this.#counts[State.closing]!
  }

  /** Open and in service. */
  get live(): number {
    return this.usable - this.#counts[State.connecting]!
  }
}
