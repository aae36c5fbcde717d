import type { ConnectionInfo, ConnectionStatus, Notice, Notification, PgsdError, QueryResult, Row } from "@pgsd/driver"
import type { Lease, LeaseQueryOptions } from "./connection-pool.ts"
import type { Slot } from "./core/slot.ts"
import { PoolError } from "./errors.ts"
import type { Holder, PooledConnection } from "./pooled-connection.ts"

/** What a lease needs of its pool. */
export interface LeaseDesk {
  query<R>(
    slot: Slot<PooledConnection>,
    sql: string,
    params: readonly unknown[] | undefined,
    options: LeaseQueryOptions | undefined,
  ): Promise<QueryResult<R>>
  release(slot: Slot<PooledConnection>, error: unknown): void
  destroy(slot: Slot<PooledConnection>): void
  retire(slot: Slot<PooledConnection>): Promise<void>
}

/** One borrow of one connection. It lets go of the connection at release, so that a handle kept by mistake reaches nobody's session. */
export class PoolLease implements Lease, Holder {
  /** Set while inside use() or transaction(). */
  scope: object | undefined = undefined
  readonly stack: string | undefined
  #slot: Slot<PooledConnection> | undefined
  readonly #desk: LeaseDesk
  readonly #info: ConnectionInfo

  constructor(slot: Slot<PooledConnection>, desk: LeaseDesk, stack: string | undefined) {
    this.#slot = slot
    this.#desk = desk
    this.#info = slot.resource!.connection.info
    this.stack = stack
  }

  get status(): ConnectionStatus {
    return this.#slot?.resource?.connection.status ?? "closed"
  }

  /** Stays readable: it is what a log line about a released lease needs. */
  get info(): ConnectionInfo {
    return this.#info
  }

  get serverParameters(): Readonly<Record<string, string>> {
    return this.#held().connection.serverParameters
  }

  get native(): unknown {
    return this.#held().connection.native
  }

  query<R = Row>(sql: string, params?: readonly unknown[], options?: LeaseQueryOptions): Promise<QueryResult<R>> {
    const slot = this.#slot
    if (slot === undefined) return Promise.reject(this.#released())
    return this.#desk.query<R>(slot, sql, params, options)
  }

  onClose(listener: (error: PgsdError | undefined) => void): void {
    const pooled = this.#held()
    // Dead already: the connection tells it, with its error.
    if (pooled.connection.status === "closed") pooled.connection.onClose(listener)
    else pooled.listen().close.add(listener)
  }

  onNotice(listener: (notice: Notice) => void): void {
    this.#held().listen().notice.add(listener)
  }

  onNotification(listener: (notification: Notification) => void): void {
    this.#held().listen().notification.add(listener)
  }

  ref(): void {
    this.#held().reference()
  }

  unref(): void {
    this.#held().unreference()
  }

  release(error?: unknown): void {
    const slot = this.#letGo()
    if (slot !== undefined) this.#desk.release(slot, error)
  }

  destroy(): void {
    const slot = this.#letGo()
    if (slot !== undefined) this.#desk.destroy(slot)
  }

  close(): Promise<void> {
    const slot = this.#letGo()
    return slot === undefined ? Promise.resolve() : this.#desk.retire(slot)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.release()
    return Promise.resolve()
  }

  /** The pool begins a read-only transaction: 25006 is that transaction's own fault then. */
  markReadOnly(): void {
    this.#held().readOnly = true
  }

  #letGo(): Slot<PooledConnection> | undefined {
    const slot = this.#slot
    // Let go before anybody is told: a listener may release, too.
    this.#slot = undefined
    slot?.resource?.tellEnd(undefined)
    return slot
  }

  #held(): PooledConnection {
    if (this.#slot === undefined) throw this.#released()
    return this.#slot.resource!
  }

  #released(): PoolError {
    return new PoolError(
      "PGSD_LEASE_RELEASED",
      `${this.#info.label}: this lease was given back; the connection may be another caller's now`,
      {
        hint: "await everything that uses a lease before release(), and acquire() again for more",
      },
    )
  }
}
