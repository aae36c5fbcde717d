import { timerDelay } from "@pgsd/driver"
import { Attempts } from "./attempts.ts"
import { bounded } from "./bounded.ts"
import { Callers } from "./callers.ts"
import { Checks } from "./checks.ts"
import { Endings } from "./endings.ts"
import { FailurePolicy } from "./failure-policy.ts"
import { Growth } from "./growth.ts"
import { IdleList } from "./idle-list.ts"
import { type CloseReason, type Counters, Ledger } from "./ledger.ts"
import type { CoreState, Mode, Parts } from "./parts.ts"
import type { ResourcePort } from "./resource-port.ts"
import type { CoreSettings } from "./settings.ts"
import { Sharing, type SharingHost } from "./sharing.ts"
import { type Slot, State } from "./slot.ts"
import { Upkeep } from "./upkeep.ts"
import { Waiter } from "./wait-queue.ts"

/** A resource lost this soon after opening, before it was used, counts as a failed attempt. */
const STILLBORN_MS = 1_000

/**
 * Matches two streams: connections that become usable, and waiting callers. Neither is bound to the other: whatever becomes usable first
 * serves the head of the queue. Two functions do this, `offer` and `pump`.
 */
export class PoolCore<T, L> {
  readonly settings: CoreSettings
  readonly #port: ResourcePort<T, L>
  readonly #mode: Mode
  readonly #ledger = new Ledger<T>()
  readonly #idle = new IdleList<T>()
  readonly #callers: Callers<L>
  readonly #policy: FailurePolicy
  readonly #wallNow: () => number
  readonly #parts: Parts<T, L>
  readonly #endings: Endings<T, L>
  readonly #checks: Checks<T, L>
  readonly #attempts: Attempts<T, L>
  readonly #growth: Growth<T, L>
  readonly #upkeep: Upkeep<T, L>
  /** Called when the last connection has closed after close(). */
  #drained: () => void = () => {}

  constructor(port: ResourcePort<T, L>, settings: CoreSettings) {
    const { clock, max, min } = settings
    this.settings = settings
    this.#port = port
    this.#mode = { state: "open", max, min, generation: 0, parked: false }
    this.#callers = new Callers(clock, (waiter, expired) => this.#gaveUp(waiter, expired))
    this.#policy = new FailurePolicy(settings.connectConcurrency, settings.random, settings.longestPauseMs)
    this.#wallNow = clock.wallNow === undefined ? () => clock.now() : () => clock.wallNow!()
    const pump = () => this.pump()
    const parts: Parts<T, L> = {
      port,
      settings,
      mode: this.#mode,
      ledger: this.#ledger,
      idle: this.#idle,
      callers: this.#callers,
      policy: this.#policy,
      wallNow: this.#wallNow,
    }
    this.#parts = parts
    this.#endings = new Endings(parts, () => this.#left())
    this.#checks = new Checks(parts, this.#endings, (slot) => this.#offer(slot))
    this.#attempts = new Attempts(
      parts,
      (slot) => this.#opened(slot),
      (slot, error) => this.#attemptFailed(slot, error),
    )
    this.#growth = new Growth(parts, this.#attempts, this.#checks, pump)
    this.#upkeep = new Upkeep(parts, this.#endings, this.#checks, pump)
  }

  /** The fast path: an idle connection that needs no check, if no other caller was first. */
  take(): Slot<T> | undefined {
    const slot = this.#idle.hottest
    if (slot === undefined || this.#callers.size > 0 || this.#mode.state !== "open") return undefined
    const now = this.#wallNow()
    if (!this.#isFresh(slot, now)) return undefined
    this.#mode.parked = false
    this.#idle.remove(slot)
    this.#lend(slot, now)
    return slot
  }

  /** The slow path, through the queue. */
  wait(timeoutMs: number, signal: AbortSignal | undefined, context: unknown): Promise<L> {
    if (signal?.aborted) {
      this.#ledger.aborted++
      return Promise.reject(signal.reason)
    }
    if (this.#mode.state === "closing" || this.#mode.state === "closed") return Promise.reject(this.#port.errors.closed())
    const now = this.settings.clock.now()
    const refusal = this.#refusal(now)
    if (refusal !== undefined) return Promise.reject(refusal)
    if (this.#callers.size >= this.settings.maxWaiting) return Promise.reject(this.#port.errors.queueFull())
    const waiter = new Waiter<L>(now, timeoutMs, signal, context)
    const promise = waiter.promise()
    this.#enqueue(waiter)
    return promise
  }

  /** For `depth` > 1: callers that permit it share the leases of such callers. */
  sharing(depth: number, host: SharingHost<L>): Sharing<T, L> {
    return new Sharing(this.#parts, depth, host)
  }

  /** Rejects the newest waiting caller that `matches`. */
  refuseNewest(matches: (context: unknown) => boolean, error: () => unknown): void {
    let waiter = this.#callers.last
    while (waiter !== undefined && !matches(waiter.context)) waiter = waiter.ahead
    if (waiter !== undefined) this.#callers.refuse(waiter, error())
  }

  /** Called by the holder to release it. */
  release(slot: Slot<T>): void {
    if (slot.state !== State.leased) return
    const now = this.#wallNow()
    slot.usedAt = now
    slot.provenAt = now
    const reason = this.#unfit(slot, now)
    if (reason !== undefined) {
      void this.#endings.retire(slot, reason)
      return
    }
    const reset = this.#port.reset(slot.resource!)
    if (reset === undefined) {
      this.#place(slot, now)
      return
    }
    this.#ledger.move(slot, State.resetting)
    const { clock, resetTimeoutMs } = this.settings
    const timeout = () => this.#port.errors.resetTimeout(resetTimeoutMs)
    bounded(clock, slot, reset, resetTimeoutMs, timeout, (outcome, error) => {
      if (outcome === "done") this.#offer(slot)
      else if (outcome === "failed") {
        this.#port.events.unfit(slot, error)
        this.#endings.destroy(slot, "error")
      }
    })
  }

  /** A connection has become usable: it goes to the head of the queue, otherwise to the idle list. */
  #offer(slot: Slot<T>): void {
    const now = this.#wallNow()
    const reason = this.#unfit(slot, now)
    if (reason === undefined) this.#place(slot, now)
    else void this.#endings.retire(slot, reason)
  }

  /** Called after any change that callers may wait for: lends or checks idle connections, then opens missing ones. */
  pump(): void {
    if (this.#mode.state !== "suspended") {
      this.#serve()
      this.#growth.grow()
    }
    if (this.#mode.state === "closing") this.#drain()
  }

  /** Retires all existing slots: immediately, or on release. */
  evict(): void {
    this.#mode.generation++
    for (const slot of this.#idle) void this.#endings.retire(slot, "evict")
    this.pump()
  }

  resize(max: number, min: number): void {
    this.#mode.max = max
    this.#mode.min = min
    for (const slot of this.#idle) if (this.#ledger.usable > max) void this.#endings.retire(slot, "idle")
    this.pump()
  }

  /** Closes idle slots, and opens none until a caller asks for one. */
  park(): Promise<void>[] {
    this.#mode.parked = true
    return [...this.#idle].map((slot) => this.#endings.retire(slot, "idle"))
  }

  /** Makes callers wait until resume(), within their deadlines. */
  suspend(): void {
    if (this.#mode.state === "open") this.#mode.state = "suspended"
  }

  resume(): void {
    if (this.#mode.state !== "suspended") return
    this.#mode.state = "open"
    this.pump()
  }

  /** Retires slots that are expired or idle too long. */
  sweep(): Promise<void>[] {
    return this.#upkeep.sweep()
  }

  /** Checks idle connections without activity for that long, in ms. @returns for each whether it is alive */
  checkIdle(olderThanMs: number): Promise<boolean>[] {
    return this.#upkeep.checkIdle(olderThanMs)
  }

  /** Closes immediately, even if leased. */
  destroy(slot: Slot<T>): void {
    this.#endings.destroy(slot, "error")
  }

  /** Closes gracefully, for a holder that knows it is no longer usable. */
  async retire(slot: Slot<T>): Promise<void> {
    if (slot.state === State.leased) await this.#endings.retire(slot, "error")
  }

  /** Serves waiting callers until the timeout, then rejects all of them and closes everything. Always resolves. */
  async close(timeoutMs: number): Promise<void> {
    const { clock } = this.settings
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(() => {
        const error = this.#port.errors.closed()
        this.#callers.refuseAll(error)
        this.#attempts.abandonAll(error)
        for (const slot of this.#ledger.slots) this.#endings.destroy(slot, "close")
        this.pump()
      }, timerDelay(timeoutMs))
      this.#drained = () => {
        clock.clearTimeout(timer)
        resolve()
      }
      this.#mode.state = "closing"
      this.pump()
    })
    this.#upkeep.stop()
  }

  // What may be known of it.

  get state(): CoreState {
    return this.#mode.state
  }

  get max(): number {
    return this.#mode.max
  }

  get min(): number {
    return this.#mode.min
  }

  get generation(): number {
    return this.#mode.generation
  }

  /** Number of callers in the queue. */
  get waiting(): number {
    return this.#callers.size
  }

  /** Number of connections that are not closed, including those being opened. */
  get slots(): Iterable<Slot<T>> {
    return this.#ledger.slots
  }

  get total(): number {
    return this.#ledger.total
  }

  /** Open and in service. */
  get live(): number {
    return this.#ledger.live
  }

  count(state: State): number {
    return this.#ledger.count(state)
  }

  counters(): Counters {
    return this.#ledger.counters()
  }

  /** Number of times a connection was lent. */
  get acquired(): number {
    return this.#ledger.acquired
  }

  /** Number of consecutive failed attempts; 0 if the last one succeeded. */
  get failures(): number {
    return this.#policy.streak
  }

  /** The error of the last attempt, if it failed. */
  get lastError(): unknown {
    return this.#policy.lastError
  }

  wallNow(): number {
    return this.#wallNow()
  }

  #serve(): void {
    for (let slot = this.#idle.hottest; slot !== undefined && this.#callers.size > this.#checks.trusted; slot = this.#idle.hottest) {
      const now = this.#wallNow()
      const reason = this.#unfit(slot, now)
      if (reason !== undefined) void this.#endings.retire(slot, reason)
      else if (this.#isFresh(slot, now)) {
        this.#idle.remove(slot)
        this.#handOver(slot, now)
      } else void this.#checks.start(slot)
    }
  }

  #opened(slot: Slot<T>): void {
    const now = this.#wallNow()
    const { maxLifetimeMs, maxLifetimeJitter, random } = this.settings
    slot.openedAt = now
    slot.usedAt = now
    slot.provenAt = now
    slot.expiresAt = now + maxLifetimeMs * (1 - maxLifetimeJitter * random())
    this.#policy.succeeded(this.settings.clock.now())
    this.#ledger.created++
    this.#growth.rest()
    this.#port.watch(slot.resource!, (error) => this.#lost(slot, error))
    this.#offer(slot)
    this.#upkeep.start()
    // After the offer: waiters for `min` check the counts now.
    this.#port.events.opened(slot)
    this.pump()
  }

  #attemptFailed(slot: Slot<T>, error: unknown): void {
    this.#ledger.connectErrors++
    if (!slot.fresh && this.#port.isStaleCredential(error)) this.#attempts.start(true)
    else this.#policy.failed(error, this.#port.isPermanent(error), this.settings.clock.now())
    // After the decision: a listener that asks for a connection must wait for the pause like any other caller.
    this.#port.events.openFailed(slot, error)
    this.#left()
  }

  #lost(slot: Slot<T>, error: unknown): void {
    if (slot.state === State.closing || slot.state === State.closed) return
    if (!slot.served && this.#wallNow() - slot.openedAt < STILLBORN_MS) this.#policy.failed(error, false, this.settings.clock.now())
    this.#endings.lost(slot, error)
  }

  // A slot is free. If no connection could serve and attempts are hopeless, waiting callers are rejected.
  #left(): void {
    if (this.#ledger.live === 0) this.#policy.bereft()
    const refusal = this.#refusal(this.settings.clock.now())
    if (refusal !== undefined) this.#callers.refuseAll(refusal)
    this.pump()
  }

  #refusal(now: number): unknown {
    return this.#ledger.live > 0 ? undefined : this.#policy.refusal(now)
  }

  /** Why a connection must not be reused. */
  #unfit(slot: Slot<T>, now: number): CloseReason | undefined {
    if (slot.generation !== this.#mode.generation) return "evict"
    if (now >= slot.expiresAt) return "lifetime"
    if (this.#ledger.usable > this.#mode.max) return "idle"
    if (this.#callers.size > 0) return undefined
    if (this.#mode.state === "closing") return "close"
    return this.settings.idleTimeoutMs === 0 && this.#ledger.usable > this.#mode.min ? "idle" : undefined
  }

  #isFresh(slot: Slot<T>, now: number): boolean {
    const age = now - slot.provenAt
    // A wall clock that was set back says nothing about the age.
    return age >= 0 && age <= this.settings.validateAfterMs && !slot.suspect && now < slot.expiresAt
  }

  #place(slot: Slot<T>, now: number): void {
    if (this.#callers.size > 0 && this.#mode.state !== "suspended") {
      this.#handOver(slot, now)
      return
    }
    this.#ledger.move(slot, State.idle)
    this.#idle.insert(slot)
    this.#port.rest(slot.resource!)
  }

  #handOver(slot: Slot<T>, now: number): void {
    const waiter = this.#callers.take()
    this.#lend(slot, now)
    waiter.resolve(this.#port.lease(slot, waiter))
  }

  #lend(slot: Slot<T>, now: number): void {
    this.#ledger.move(slot, State.leased)
    this.#ledger.acquired++
    slot.leasedAt = now
    slot.served = true
  }

  #enqueue(waiter: Waiter<L>): void {
    this.#mode.parked = false
    this.#callers.add(waiter)
    this.pump()
  }

  #gaveUp(waiter: Waiter<L>, expired: boolean): void {
    if (expired) this.#ledger.timeouts++
    else this.#ledger.aborted++
    this.#callers.refuse(waiter, expired ? this.#port.errors.acquireTimeout(waiter) : waiter.signal!.reason)
    if (this.#mode.state === "closing") this.#drain()
  }

  // Closing: once no caller waits, nothing is needed.
  #drain(): void {
    if (this.#callers.size > 0) return
    this.#attempts.abandonAll(this.#port.errors.closed())
    for (const slot of this.#idle) void this.#endings.retire(slot, "close")
    if (this.#ledger.total > 0) return
    this.#mode.state = "closed"
    this.#growth.rest()
    this.#drained()
  }
}
