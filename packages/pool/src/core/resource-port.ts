import type { CloseReason } from "./ledger.ts"
import type { Slot } from "./slot.ts"
import type { Waiter } from "./wait-queue.ts"

/** The core's view of the pooled resources. No method throws synchronously; the core limits the time of every promise. */
export interface ResourcePort<T, L> {
  /** One attempt, including setup. */
  open(signal: AbortSignal, fresh: boolean): Promise<T>
  /** Calls `lost` once if the resource is lost, at any time until it is closed. */
  watch(resource: T, lost: (error: unknown) => void): void
  /** Rejects if the resource is dead. */
  check(resource: T): Promise<unknown>
  /** Cleans it for the next holder; undefined if it is clean. */
  reset(resource: T): Promise<unknown> | undefined
  /** Closes gracefully. */
  close(resource: T): Promise<unknown>
  destroy(resource: T): void
  /** The resource has become idle: it must not keep the process alive. */
  rest(resource: T): void
  /** What the next holder gets. */
  lease(slot: Slot<T>, waiter: Waiter<L>): L

  /** Whether the connect error is permanent, so that waiting does not help. */
  isPermanent(error: unknown): boolean
  /** Whether another attempt with fresh credentials may help. */
  isStaleCredential(error: unknown): boolean

  readonly errors: PoolErrors<L>
  readonly events: PoolEvents<T>
}

/** Creates the pool's errors; the core has none of its own. */
export interface PoolErrors<L> {
  acquireTimeout(waiter: Waiter<L>): unknown
  queueFull(): unknown
  closed(): unknown
  connectTimeout(ms: number): unknown
  checkTimeout(ms: number): unknown
  resetTimeout(ms: number): unknown
}

export interface PoolEvents<T> {
  opened(slot: Slot<T>): void
  openFailed(slot: Slot<T>, error: unknown): void
  /** The resource was lost. */
  lost(slot: Slot<T>, error: unknown): void
  /** A check or a reset failed, and the resource is destroyed. */
  unfit(slot: Slot<T>, error: unknown): void
  /** An open resource has left, for any reason. */
  ended(slot: Slot<T>, reason: CloseReason): void
}
