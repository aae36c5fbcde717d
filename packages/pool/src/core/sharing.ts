import type { Parts } from "./parts.ts"

/** A shared lease accepts no more callers after this, so that its resource is regularly released, to be retired or to serve the queue. */
const LANE_MS = 1_000

/** A lease used by several callers concurrently. */
interface Lane<L> {
  readonly lease: L
  until: number
  underWay: number
  /** When the previous work ended, or the first started. */
  since: number
}

/** What sharing needs from the core. */
export interface SharingHost<L> {
  /** An exclusive lease, if one is available at once. */
  take(): L | undefined
  /** A place in the queue, marked as one that a shared lease may serve. */
  wait(timeoutMs: number): Promise<L>
  mayShare(context: unknown): boolean
  isOpen(lease: L): boolean
  release(lease: L): void
}

/**
 * When all slots are taken, callers that permit it share leases held by such callers, never one that was acquired explicitly. Callers
 * waiting for an exclusive lease are not overtaken: a shared one is fed only from the head of the queue.
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

  /** @param took receives the duration of `work` itself, without waiting on the shared lease, in ms; only if it succeeded */
  run<R>(work: (lease: L) => Promise<R>, timeoutMs: number, took?: (durationMs: number) => void): Promise<R> {
    const lane = this.#join()
    if (lane !== undefined) return this.#runOn(lane, work, took)
    const lease = this.#host.take()
    if (lease !== undefined) return this.#runOn(this.#laneOf(lease), work, took)
    return this.#host.wait(timeoutMs).then((waited) => this.#runOn(this.#laneOf(waited), work, took))
  }

  /** `work` never throws; its place is free before its caller continues. */
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

  /** evict(): existing shared leases accept no more callers. */
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

  // The lease of a lane that was fed is known and already counted.
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
