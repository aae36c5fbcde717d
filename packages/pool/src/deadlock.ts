import { AsyncLocalStorage } from "node:async_hooks"
import type { Clock, TimerHandle } from "@pgsd/driver"
import type { PoolCore } from "./core/pool-core.ts"
import { State } from "./core/slot.ts"
import { PoolError } from "./errors.ts"
import type { PoolLease } from "./lease.ts"
import type { PooledConnection } from "./pooled-connection.ts"

/** The callback of one use() or transaction(), or the source of one copyFrom(), and the number of its callers that wait for a connection. */
export interface Scope {
  readonly watch: DeadlockWatch
  readonly lease: PoolLease
  readonly outer: Scope | undefined
  waiting: number
}

/** The pool's data about a waiting caller. */
export interface Caller {
  readonly scope: Scope | undefined
  readonly stack: string | undefined
  /** A one-shot query that may share a connection: see core/sharing.ts. */
  readonly shares: boolean
}

// One for all pools. Before Node 24, its first run() slows down every later promise of the process by about 0.1 µs, so acquire() and
// query() only read it, and only if they must wait.
const scopes = new AsyncLocalStorage<Scope>()

/** A deadlock must be observed twice: work that continues without waiting for the inner call will release its connection. */
const CONFIRM_MS = 40

/**
 * Detects the deadlock in which every connection is held by a caller that waits for another one. Only holders inside use(),
 * transaction() and the source of copyFrom() can be recognised: the consumer of a pool's stream() or copyTo() runs outside of any call. The newest waiting call is rejected, and its failure releases the others.
 */
export class DeadlockWatch {
  readonly #core: PoolCore<PooledConnection, PoolLease>
  readonly #named: { readonly label: string }
  readonly #clock: Clock
  #timer: unknown = undefined
  /** Waiting callers inside a scope. */
  #waiting = 0
  /** Number of connections lent when the deadlock was first observed. */
  #lockedAt: number | undefined = undefined

  constructor(core: PoolCore<PooledConnection, PoolLease>, named: { readonly label: string }) {
    this.#core = core
    this.#named = named
    this.#clock = core.settings.clock
  }

  run<T>(lease: PoolLease, work: () => T): T {
    const scope: Scope = { watch: this, lease, outer: scopes.getStore(), waiting: 0 }
    lease.work = scope
    return scopes.run(scope, work)
  }

  /** The current scope, if it holds a connection. */
  static scope(): Scope | undefined {
    return scopes.getStore()
  }

  async during<T>(scope: Scope, waiting: Promise<T>): Promise<T> {
    this.#count(scope, 1)
    this.#lockedAt ??= this.#look()
    this.#arm()
    try {
      return await waiting
    } finally {
      this.#count(scope, -1)
    }
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  // A scope of another pool waits for this pool, too, but this pool does not wait for it.
  #count(scope: Scope, by: 1 | -1): void {
    this.#waiting += by
    for (let each: Scope | undefined = scope; each !== undefined; each = each.outer) if (each.watch === this) each.waiting += by
  }

  #arm(): void {
    if (this.#timer !== undefined) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined
      const now = this.#look()
      if (now !== undefined && now === this.#lockedAt) this.#refuseNewest()
      this.#lockedAt = now
      if (this.#waiting > 0 && this.#core.waiting > 0) this.#arm()
    }, CONFIRM_MS)
    ;(this.#timer as TimerHandle).unref?.()
  }

  #look(): number | undefined {
    return this.#locked() ? this.#core.acquired : undefined
  }

  /** Whether every slot is leased, and every holder only waits. */
  #locked(): boolean {
    const { max, waiting, total, slots } = this.#core
    const leased = this.#core.count(State.leased)
    if (waiting === 0 || leased < max || total > leased) return false
    for (const slot of slots) {
      const pooled = slot.resource!
      const scope = pooled.holder?.work as Scope | undefined
      if (scope === undefined || scope.waiting === 0 || isWorking(pooled)) return false
    }
    return true
  }

  #refuseNewest(): void {
    this.#core.refuseNewest(
      (context) => this.#holds((context as Caller | undefined)?.scope),
      () => this.#error(),
    )
  }

  // A scope may belong to another pool, or have ended: calls started inside keep it. Rejecting those would release nothing.
  #holds(scope: Scope | undefined): boolean {
    for (let each = scope; each !== undefined; each = each.outer) if (each.watch === this && each.lease.status !== "closed") return true
    return false
  }

  #error(): PoolError {
    const { max, slots } = this.#core
    const stacks = [...slots].map((slot) => slot.resource?.holder?.stack).filter((each) => each !== undefined)
    const taken = stacks.map((each, index) => `\nholder ${index + 1}, taken at:\n${each}`).join("")
    return new PoolError(
      "PGSD_POOL_DEADLOCK",
      `${this.#named.label}: deadlock: all ${max} connections are held by callbacks of use() or transaction(), or sources of copyFrom(), that wait for another one`,
      {
        label: this.#named.label,
        hint: `use the lease that the callback is given instead of the pool, and read what a source needs before copyFrom()${taken === "" ? "; leakThresholdMs shows where the holders took theirs" : taken}`,
      },
    )
  }
}

/** A COPY that waits for its caller does not end by itself. */
function isWorking({ state }: PooledConnection): boolean {
  return state.pending > 0 && !state.awaitsCaller
}
