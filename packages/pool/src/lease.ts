import type { ConnectionInfo, ConnectionStatus, Notice, Notification, PgsdError } from "@pgsd/driver"
import { refusal } from "@pgsd/driver/calls"
import { SessionHandle, type SessionState } from "@pgsd/driver/session"
import type { Lease } from "./connection-pool.ts"
import type { Slot } from "./core/slot.ts"
import { PoolError } from "./errors.ts"
import type { Holder, PooledConnection } from "./pooled-connection.ts"

/** Where leases are released to. */
export interface Returns {
  readonly label: string
  release(slot: Slot<PooledConnection>, error: unknown): void
  destroy(slot: Slot<PooledConnection>): void
  retire(slot: Slot<PooledConnection>): Promise<void>
}

/** One borrow of one connection. It drops the connection at release, so that a handle kept by mistake reaches no other session. */
export class PoolLease extends SessionHandle implements Lease, Holder {
  /** Set while inside use() or transaction(). */
  work: object | undefined = undefined
  readonly stack: string | undefined
  #slot: Slot<PooledConnection> | undefined
  readonly #returns: Returns
  readonly #info: ConnectionInfo

  static {
    // A promise that is resolved with a lease asks it for `then`. Found here, that lookup does not go through all prototypes, which took a
    // tenth of acquire and release.
    // biome-ignore lint/suspicious/noThenProperty: undefined, so that a lease is no thenable
    Object.defineProperty(PoolLease.prototype, "then", { value: undefined })
  }

  constructor(slot: Slot<PooledConnection>, returns: Returns, stack: string | undefined) {
    super()
    this.#slot = slot
    this.#returns = returns
    this.#info = slot.resource!.info
    this.stack = stack
  }

  get label(): string {
    return this.#returns.label
  }

  get status(): ConnectionStatus {
    return this.#slot?.resource?.connection.status ?? "closed"
  }

  /** Remains readable, for log messages about a released lease. */
  get info(): ConnectionInfo {
    return this.#info
  }

  use(): SessionState {
    return PoolLease.#held(this).state
  }

  onClose(listener: (error: PgsdError | undefined) => void): void {
    const pooled = PoolLease.#held(this)
    // Already dead: the connection reports it, with its error.
    if (pooled.connection.status === "closed") pooled.connection.onClose(listener)
    else pooled.listen().close.add(listener)
  }

  onNotice(listener: (notice: Notice) => void): void {
    PoolLease.#held(this).listen().notice.add(listener)
  }

  onNotification(listener: (notification: Notification) => void): void {
    PoolLease.#held(this).listen().notification.add(listener)
  }

  ref(): void {
    PoolLease.#held(this).reference()
  }

  unref(): void {
    PoolLease.#held(this).unreference()
  }

  release(error?: unknown): void {
    const slot = PoolLease.#letGo(this)
    if (slot !== undefined) this.#returns.release(slot, error)
  }

  destroy(): void {
    const slot = PoolLease.#letGo(this)
    if (slot !== undefined) this.#returns.destroy(slot)
  }

  close(): Promise<void> {
    const slot = PoolLease.#letGo(this)
    return slot === undefined ? Promise.resolve() : this.#returns.retire(slot)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.release()
    return Promise.resolve()
  }

  static #letGo(lease: PoolLease): Slot<PooledConnection> | undefined {
    const slot = lease.#slot
    // Dropped before listeners are called: one of them may release, too.
    lease.#slot = undefined
    slot?.resource?.tellEnd(undefined)
    return slot
  }

  static #held(lease: PoolLease): PooledConnection {
    if (lease.#slot === undefined) throw PoolLease.#released(lease)
    return lease.#slot.resource!
  }

  static #released(lease: PoolLease): PoolError {
    const { label } = lease
    const hint = "await everything that uses a lease before release(), and acquire() again for more"
    const fact = "this lease was given back; another caller may hold its connection now"
    return refusal(new PoolError("PGSD_LEASE_RELEASED", `${label}: ${fact}`, { label, hint }))
  }
}
