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
    return this.#held().state
  }

  onClose(listener: (error: PgsdError | undefined) => void): void {
    const pooled = this.#held()
    // Already dead: the connection reports it, with its error.
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
    if (slot !== undefined) this.#returns.release(slot, error)
  }

  destroy(): void {
    const slot = this.#letGo()
    if (slot !== undefined) this.#returns.destroy(slot)
  }

  close(): Promise<void> {
    const slot = this.#letGo()
    return slot === undefined ? Promise.resolve() : this.#returns.retire(slot)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.release()
    return Promise.resolve()
  }

  #letGo(): Slot<PooledConnection> | undefined {
    const slot = this.#slot
    // Dropped before listeners are called: one of them may release, too.
    this.#slot = undefined
    slot?.resource?.tellEnd(undefined)
    return slot
  }

  #held(): PooledConnection {
    if (this.#slot === undefined) throw this.#released()
    return this.#slot.resource!
  }

  #released(): PoolError {
    const { label } = this
    const hint = "await everything that uses a lease before release(), and acquire() again for more"
    const fact = "this lease was given back; another caller may hold its connection now"
    return refusal(new PoolError("PGSD_LEASE_RELEASED", `${label}: ${fact}`, { label, hint }))
  }
}
