import { type Slot, State } from "./slot.ts"

/**
 * `idle`: idleTimeoutMs, resize() or closeIdle() · `lifetime`: maxLifetimeMs · `evict`: evict() or a failover · `lost`: ended by the server
 * or the network · `error`: a failed check or reset, a fatal error, or its holder's destroy() · `close`: the pool's close().
 */
export type CloseReason = "idle" | "lifetime" | "evict" | "lost" | "error" | "close"

export interface Counters {
  /** Totals since the pool was created: connections lent … */
  readonly acquired: number
  /** … callers whose deadline passed … */
  readonly timeouts: number
  /** … or whose signal fired; */
  readonly aborted: number
  /** connections opened, attempts that failed, connections that were lost, */
  readonly created: number
  readonly connectErrors: number
  readonly lost: number
  /** and why connections were closed. */
  readonly closedBy: Readonly<Record<CloseReason, number>>
}

/** One counter per state, maintained by the only function that changes a state, and running totals. */
export class Ledger<T> {
  /** All slots that are not closed. */
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

  /** The running totals. */
  counters(): Counters {
    const { acquired, timeouts, aborted, created, connectErrors, lost, closedBy } = this
    return { acquired, timeouts, aborted, created, connectErrors, lost, closedBy: { ...closedBy } }
  }

  get total(): number {
    return this.slots.size
  }

  /** Slots that are or may become usable for a caller. */
  get usable(): number {
    return this.slots.size - this.#counts[State.closing]!
  }

  /** Open and in service. */
  get live(): number {
    return this.usable - this.#counts[State.connecting]!
  }
}
