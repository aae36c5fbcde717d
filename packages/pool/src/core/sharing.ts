import type { Parts } from "./parts.ts"

/** A shared lease takes no more callers after this, so that its resource comes back now and then, to be retired or to serve callers that wait. */
const LANE_MS = 1_000

/** A lease on which several callers are at work at the same time. */
interface Lane<L> {
  readonly lease: L
  until: number
  underWay: number
  /** When the work before the one that runs now ended, or the first began. */
  since: number
}

/** What sharing needs of the pool around the core. */
export interface SharingHost<L> {
  /** A lease of one's own, if there is one at once. */
  take(): L | undefined
  /** A place in the queue, marked as one that may be served with a shared lease. */
  wait(timeoutMs: number): Promise<L>
  mayShare(context: unknown): boolean
  isOpen(lease: L): boolean
  release(lease: L): void
}

/**
 * With every place of the pool taken, callers that agreed to it share leases that such callers hold; never one that was acquired.
 * Who waits for a lease of its own is not passed: a shared one is fed from the head of the queue alone.
 */
export class Sharing<T, L> {
  readonly #parts: Parts<T, L>
  readonly #depth: number
  readonly #host: SharingHost<L>
  readonly #lanes = new Map<L, Lane<L>>()

  constructor(parts: Parts<T, L>, depth: number, host: SharingHost<L>) {
    this.#parts = parts
    this.#depth = depth
    this.#host = host
  }

  /** @param took told how long `work` took by itself, without what it waited for on the shared lease, in ms; only when it has succeeded */
  run<R>(work: (lease: L) => Promise<R>, timeoutMs: number, took?: (durationMs: number) => void): Promise<R> {
    const lane = this.#join()
    if (lane !== undefined) return this.#runOn(lane, work, took)
    const lease = this.#host.take()
    if (lease !== undefined) return this.#runOn(this.#laneOf(lease), work, took)
    return this.#host.wait(timeoutMs).then((waited) => this.#runOn(this.#laneOf(waited), work, took))
  }

  /** `work` never throws; its place is free before whoever awaits it goes on. */
  #runOn<R>(lane: Lane<L>, work: (lease: L) => Promise<R>, took: ((durationMs: number) => void) | undefined): Promise<R> {
    const { clock } = this.#parts.settings
    if (took !== undefined && lane.underWay === 1) lane.since = clock.now()
    const result = work(lane.lease)
    result.then(
      () => {
        if (took !== undefined) {
          const now = clock.now()
          took(now - lane.since)
          lane.since = now
        }
        this.#leave(lane)
      },
      () => {
        if (took !== undefined) lane.since = clock.now()
        this.#leave(lane)
      },
    )
    return result
  }

  /** evict(): what is shared now takes no more callers. */
  drain(): void {
    for (const lane of this.#lanes.values()) lane.until = Number.NEGATIVE_INFINITY
  }

  #join(): Lane<L> | undefined {
    const { callers, ledger, idle } = this.#parts
    const { state, max } = this.#parts.mode
    if (state !== "open" || callers.size > 0 || idle.hottest !== undefined || ledger.total < max) return undefined
    let emptiest: Lane<L> | undefined
    for (const lane of this.#lanes.values())
      if (this.#hasRoom(lane) && (emptiest === undefined || lane.underWay < emptiest.underWay)) emptiest = lane
    if (emptiest !== undefined) emptiest.underWay++
    return emptiest
  }

  // The lease of a lane that was fed is known, and counted already.
  #laneOf(lease: L): Lane<L> {
    let lane = this.#lanes.get(lease)
    if (lane !== undefined) return lane
    const now = this.#parts.settings.clock.now()
    lane = { lease, until: now + LANE_MS, underWay: 1, since: now }
    this.#lanes.set(lease, lane)
    this.#feed(lane)
    return lane
  }

  #feed(lane: Lane<L>): void {
    const { mode, callers } = this.#parts
    while (mode.state !== "suspended" && callers.first !== undefined && this.#host.mayShare(callers.first.context) && this.#hasRoom(lane)) {
      lane.underWay++
      callers.take().resolve(lane.lease)
    }
  }

  #hasRoom(lane: Lane<L>): boolean {
    return lane.underWay < this.#depth && this.#parts.settings.clock.now() < lane.until && this.#host.isOpen(lane.lease)
  }

  #leave(lane: Lane<L>): void {
    lane.underWay--
    this.#feed(lane)
    if (lane.underWay > 0) return
    this.#lanes.delete(lane.lease)
    this.#host.release(lane.lease)
  }
}
