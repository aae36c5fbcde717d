import type { CloseReason } from "./ledger.ts"
import type { Slot } from "./slot.ts"
import type { Waiter } from "./wait-queue.ts"

/** What the core needs to know of the things it pools. No method throws synchronously; every promise is bounded by the core. */
export interface ResourcePort<T, L> {
  /** One attempt, setup included. */
  open(signal: AbortSignal, fresh: boolean): Promise<T>
  /** Calls `lost` once if the resource dies, at any time until it is closed. */
  watch(resource: T, lost: (error: unknown) => void): void
  /** Rejects when the resource is dead. */
  check(resource: T): Promise<unknown>
  /** Makes it clean for the next holder; undefined when it is. */
  reset(resource: T): Promise<unknown> | undefined
  /** Polite. */
  close(resource: T): Promise<unknown>
  destroy(resource: T): void
  /** It has come to rest in the pool: it must not keep the process alive. */
  rest(resource: T): void
  /** What the next holder gets. */
  lease(slot: Slot<T>, waiter: Waiter<L>): L

  /** Waiting does not cure this connect error. */
  isPermanent(error: unknown): boolean
  /** Another attempt with fresh credentials may cure it. */
  isStaleCredential(error: unknown): boolean

  readonly errors: PoolErrors<L>
  readonly events: PoolEvents<T>
}

/** The words of the pool: the core has none. */
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
  /** Died by itself. */
  lost(slot: Slot<T>, error: unknown): void
  /** A check or a reset failed, and the resource is destroyed. */
  unfit(slot: Slot<T>, error: unknown): void
  /** An open one has left, for whatever reason. */
  ended(slot: Slot<T>, reason: CloseReason): void
}
