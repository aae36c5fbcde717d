import { isFatal, type QueryResult } from "@pgsd/driver"
import type { LeaseQueryOptions } from "./connection-pool.ts"
import type { PoolCore } from "./core/pool-core.ts"
import { type Slot, State } from "./core/slot.ts"
import { channels, type PoolAcquireEvent, type PoolReleaseEvent } from "./diagnostics.ts"
import type { LeakWatch } from "./leak-watch.ts"
import { type LeaseDesk, PoolLease } from "./lease.ts"
import type { PooledConnection } from "./pooled-connection.ts"
import type { QueryRunner } from "./query-runner.ts"

/** Where leases are handed out and taken back. */
export class Desk implements LeaseDesk {
  readonly #label: string
  readonly #core: PoolCore<PooledConnection, PoolLease>
  readonly #runner: QueryRunner
  readonly #leaks: LeakWatch

  constructor(label: string, core: PoolCore<PooledConnection, PoolLease>, runner: QueryRunner, leaks: LeakWatch) {
    this.#label = label
    this.#core = core
    this.#runner = runner
    this.#leaks = leaks
  }

  lend(slot: Slot<PooledConnection>, waitMs: number, stack: string | undefined): PoolLease {
    const pooled = slot.resource!
    const lease = new PoolLease(slot, this, stack)
    pooled.holder = lease
    pooled.reference()
    if (this.#leaks.on) this.#leaks.taken(lease)
    if (channels.acquire.hasSubscribers)
      channels.acquire.publish({ pool: this.#label, processId: pooled.connection.info.processId, waitMs } satisfies PoolAcquireEvent)
    return lease
  }

  query<R>(
    slot: Slot<PooledConnection>,
    sql: string,
    params: readonly unknown[] | undefined,
    options: LeaseQueryOptions | undefined,
  ): Promise<QueryResult<R>> {
    return this.#runner.run<R>(slot, sql, params, options)
  }

  release(slot: Slot<PooledConnection>, error: unknown): void {
    const pooled = this.#takeBack(slot)
    if (pooled.broken || (error !== undefined && isFatal(error))) this.#core.endings.destroy(slot, "error")
    else this.#core.release(slot)
  }

  destroy(slot: Slot<PooledConnection>): void {
    this.#takeBack(slot)
    this.#core.endings.destroy(slot, "error")
  }

  retire(slot: Slot<PooledConnection>): Promise<void> {
    this.#takeBack(slot)
    return slot.state === State.leased ? this.#core.endings.retire(slot, "error") : Promise.resolve()
  }

  #takeBack(slot: Slot<PooledConnection>): PooledConnection {
    const pooled = slot.resource!
    if (this.#leaks.on) this.#leaks.returned(pooled.holder as PoolLease)
    pooled.holder = undefined
    pooled.readOnly = false
    if (channels.release.hasSubscribers)
      channels.release.publish({
        pool: this.#label,
        processId: pooled.connection.info.processId,
        heldMs: Math.max(0, this.#core.wallNow() - slot.leasedAt),
      } satisfies PoolReleaseEvent)
    return pooled
  }
}
