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

/** A resource that dies this soon after its opening, before it was used, counts as a failed attempt. */
const STILLBORN_MS = 1_000

/**
 * Matches two streams: connections that become usable and callers that wait. Nothing else binds one to the other: what comes
 * back first serves the head of the queue. Two functions do it, `offer` and `pump`.
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
  /** Called when the last connection is closed after close(). */
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

  /** The way through the queue. */
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

  /** What stands on `depth` > 1: callers that agreed to it share what such callers hold. */
  sharing(depth: number, host: SharingHost<L>): Sharing<T, L> {
    return new Sharing(this.#parts, depth, host)
  }

  /** Refuses the newest of the waiting callers that `matches`. */
  refuseNewest(matches: (context: unknown) => boolean, error: () => unknown): void {
    let waiter = this.#callers.last
    while (waiter !== undefined && !matches(waiter.context)) waiter = waiter.ahead
    if (waiter !== undefined) this.#callers.refuse(waiter, error())
  }

  /** Its holder gives it back. */
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

  /** A connection has become usable: the head of the queue gets it, else it rests. */
  #offer(slot: Slot<T>): void {
    const now = this.#wallNow()
    const reason = this.#unfit(slot, now)
    if (reason === undefined) this.#place(slot, now)
    else void this.#endings.retire(slot, reason)
  }

  /** Something has changed that callers may wait for: lend or check what is idle, then open what is missing. */
  pump(): void {
    if (this.#mode.state !== "suspended") {
      this.#serve()
      this.#growth.grow()
    }
    if (this.#mode.state === "closing") this.#drain()
  }

  /** Retires what exists now: at once, or when it comes back. */
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

  /** Closes what is idle, and opens nothing until a caller asks. */
  park(): Promise<void>[] {
    this.#mode.parked = true
    return [...this.#idle].map((slot) => this.#endings.retire(slot, "idle"))
  }

  /** Callers wait until resume(), each as long as it may. */
  suspend(): void {
    if (this.#mode.state === "open") this.#mode.state = "suspended"
  }

  resume(): void {
    if (this.#mode.state !== "suspended") return
    this.#mode.state = "open"
    this.pump()
  }

  /** Retires what is expired or idle too long. */
  sweep(): Promise<void>[] {
    return this.#upkeep.sweep()
  }

  /** Asks the idle connections that were not heard of for so long, in ms. @returns of each whether it is alive */
  checkIdle(olderThanMs: number): Promise<boolean>[] {
    return this.#upkeep.checkIdle(olderThanMs)
  }

  /** At once, from its holder as well. */
  destroy(slot: Slot<T>): void {
    this.#endings.destroy(slot, "error")
  }

  /** Politely, by its holder, who knows that it is of no use any more. */
  async retire(slot: Slot<T>): Promise<void> {
    if (slot.state === State.leased) await this.#endings.retire(slot, "error")
  }

  /** Serves those that wait until the timeout, then refuses all of them and ends everything. Always resolves. */
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

  /** Callers in the queue. */
  get waiting(): number {
    return this.#callers.size
  }

  /** Every connection that is not closed, those being opened included. */
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

  /** How many times a connection was lent. */
  get acquired(): number {
    return this.#ledger.acquired
  }

  /** Attempts that failed in a row; 0 when the last one succeeded. */
  get failures(): number {
    return this.#policy.streak
  }

  /** Of the last attempt, if it failed. */
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
    // Behind the offer: what waits for `min` looks at the counts now.
    this.#port.events.opened(slot)
    this.pump()
  }

  #attemptFailed(slot: Slot<T>, error: unknown): void {
    this.#ledger.connectErrors++
    if (!slot.fresh && this.#port.isStaleCredential(error)) this.#attempts.start(true)
    else this.#policy.failed(error, this.#port.isPermanent(error), this.settings.clock.now())
    // Behind what was decided: a listener that asks for a connection waits out the pause like any other caller.
    this.#port.events.openFailed(slot, error)
    this.#left()
  }

  #lost(slot: Slot<T>, error: unknown): void {
    if (slot.state === State.closing || slot.state === State.closed) return
    if (!slot.served && this.#wallNow() - slot.openedAt < STILLBORN_MS) this.#policy.failed(error, false, this.settings.clock.now())
    this.#endings.lost(slot, error)
  }

  // A place is free. If nothing is left that could serve and attempts are hopeless, no caller is kept waiting.
  #left(): void {
    if (this.#ledger.live === 0) this.#policy.bereft()
    const refusal = this.#refusal(this.settings.clock.now())
    if (refusal !== undefined) this.#callers.refuseAll(refusal)
    this.pump()
  }

  #refusal(now: number): unknown {
    return this.#ledger.live > 0 ? undefined : this.#policy.refusal(now)
  }

  /** Why a connection may not be used again. */
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
