import { Attempts } from "./attempts.ts"
import { bounded } from "./bounded.ts"
import { Callers } from "./callers.ts"
import { Checks } from "./checks.ts"
import { Endings } from "./endings.ts"
import { FailurePolicy } from "./failure-policy.ts"
import { Growth } from "./growth.ts"
import { IdleList } from "./idle-list.ts"
import { type CloseReason, Ledger } from "./ledger.ts"
import type { ResourcePort } from "./resource-port.ts"
import type { CoreSettings } from "./settings.ts"
import { type Slot, State } from "./slot.ts"
import { Waiter } from "./wait-queue.ts"

/** A resource that dies this soon after its opening, before anybody used it, counts as a failed attempt. */
const STILLBORN_MS = 1_000

/**
 * Matches two streams: connections that become usable and callers that wait. Nothing else binds one to the other: whoever comes
 * back first serves the head of the queue. Two functions do it, `offer` and `pump`.
 */
export class PoolCore<T, L> {
  readonly ledger = new Ledger<T>()
  readonly callers: Callers<L>
  readonly idle = new IdleList<T>()
  readonly policy: FailurePolicy
  readonly checks: Checks<T, L>
  readonly endings: Endings<T, L>
  readonly attempts: Attempts<T, L>
  readonly settings: CoreSettings
  readonly wallNow: () => number
  state: "open" | "suspended" | "closing" | "closed" = "open"
  max: number
  min: number
  /** evict() moves it on; a slot of an older one is retired when it comes back. */
  generation = 0
  /** closeIdle() has emptied the pool on purpose: `min` rests until somebody asks for a connection. */
  parked = false
  /** Called when the pool has closed its last connection after close(). */
  onDrained: () => void = () => {}
  readonly #port: ResourcePort<T, L>
  readonly #growth: Growth<T, L>

  constructor(port: ResourcePort<T, L>, settings: CoreSettings) {
    const { clock } = settings
    this.#port = port
    this.settings = settings
    this.max = settings.max
    this.min = settings.min
    this.wallNow = clock.wallNow === undefined ? () => clock.now() : () => clock.wallNow!()
    this.policy = new FailurePolicy(settings.connectConcurrency, settings.random)
    this.callers = new Callers(clock, (waiter, expired) => this.#gaveUp(waiter, expired))
    this.endings = new Endings(this.ledger, this.idle, port, settings, () => this.#left())
    this.checks = new Checks(this.ledger, this.idle, port, settings, this.endings, this.wallNow, (slot) => this.offer(slot))
    const opened = (slot: Slot<T>) => this.#opened(slot)
    const failed = (slot: Slot<T>, error: unknown) => this.#attemptFailed(slot, error)
    this.attempts = new Attempts(this.ledger, port, settings, opened, failed)
    this.#growth = new Growth(this)
  }

  /** The fast path: an idle connection that needs no check, if nobody was here first. */
  take(): Slot<T> | undefined {
    const slot = this.idle.hottest
    if (slot === undefined || this.callers.size > 0 || this.state !== "open") return undefined
    const now = this.wallNow()
    if (!this.#isFresh(slot, now)) return undefined
    this.parked = false
    this.idle.remove(slot)
    this.#lend(slot, now)
    return slot
  }

  /** The way through the queue. */
  wait(timeoutMs: number, signal: AbortSignal | undefined, context: unknown): Promise<L> {
    if (signal?.aborted) {
      this.ledger.aborted++
      return Promise.reject(signal.reason)
    }
    if (this.state === "closing" || this.state === "closed") return Promise.reject(this.#port.errors.closed())
    const now = this.settings.clock.now()
    const refusal = this.#refusal(now)
    if (refusal !== undefined) return Promise.reject(refusal)
    if (this.callers.size >= this.settings.maxWaiting) return Promise.reject(this.#port.errors.queueFull())
    const waiter = new Waiter<L>(now, timeoutMs, signal, context)
    const promise = waiter.promise()
    this.#enqueue(waiter)
    return promise
  }

  /** Its holder gives it back. */
  release(slot: Slot<T>): void {
    if (slot.state !== State.leased) return
    const now = this.wallNow()
    slot.usedAt = now
    slot.provenAt = now
    const reason = this.#unfit(slot, now)
    if (reason !== undefined) {
      void this.endings.retire(slot, reason)
      return
    }
    const reset = this.#port.reset(slot.resource!)
    if (reset === undefined) {
      this.#place(slot, now)
      return
    }
    this.ledger.move(slot, State.resetting)
    const { clock, resetTimeoutMs } = this.settings
    const timeout = () => this.#port.errors.resetTimeout(slot, resetTimeoutMs)
    bounded(clock, slot, reset, resetTimeoutMs, timeout, (outcome, error) => {
      if (outcome === "done") this.offer(slot)
      else if (outcome === "failed") {
        this.#port.events.unfit(slot, error)
        this.endings.destroy(slot, "error")
      }
    })
  }

  /** A connection has become usable: the head of the queue gets it, else it rests. */
  offer(slot: Slot<T>): void {
    const now = this.wallNow()
    const reason = this.#unfit(slot, now)
    if (reason === undefined) this.#place(slot, now)
    else void this.endings.retire(slot, reason)
  }

  /** Somebody may be waiting for something: lend or check what is idle, then open what is missing. */
  pump(): void {
    if (this.state !== "suspended") {
      this.#serve()
      this.#growth.grow()
    }
    if (this.state === "closing") this.#drain()
  }

  /** Retires what exists now: at once, or when it comes back. */
  evict(): void {
    this.generation++
    for (const slot of this.idle) void this.endings.retire(slot, "evict")
    this.pump()
  }

  resize(max: number, min: number): void {
    this.max = max
    this.min = min
    for (const slot of this.idle) if (this.ledger.usable > max) void this.endings.retire(slot, "idle")
    this.pump()
  }

  /** Closes what is idle, and opens nothing until somebody asks. */
  park(): Promise<void>[] {
    this.parked = true
    return [...this.idle].map((slot) => this.endings.retire(slot, "idle"))
  }

  #serve(): void {
    for (let slot = this.idle.hottest; slot !== undefined && this.callers.size > this.checks.trusted; slot = this.idle.hottest) {
      const now = this.wallNow()
      const reason = this.#unfit(slot, now)
      if (reason !== undefined) void this.endings.retire(slot, reason)
      else if (this.#isFresh(slot, now)) {
        this.idle.remove(slot)
        this.#handOver(slot, now)
      } else void this.checks.start(slot)
    }
  }

  #opened(slot: Slot<T>): void {
    const now = this.wallNow()
    const { maxLifetimeMs, maxLifetimeJitter, random } = this.settings
    slot.openedAt = now
    slot.usedAt = now
    slot.provenAt = now
    slot.expiresAt = now + maxLifetimeMs * (1 - maxLifetimeJitter * random())
    this.policy.succeeded()
    this.ledger.created++
    this.#growth.rest()
    this.#port.watch(slot.resource!, (error) => this.#lost(slot, error))
    this.offer(slot)
    // Behind the offer: whoever waits for `min` looks at the counts now.
    this.#port.events.opened(slot)
    this.pump()
  }

  #attemptFailed(slot: Slot<T>, error: unknown): void {
    this.ledger.connectErrors++
    if (!slot.fresh && this.#port.isStaleCredential(error)) this.attempts.start(this.generation, true)
    else this.policy.failed(error, this.#port.isPermanent(error), this.settings.clock.now())
    // Behind what was decided: a listener that asks for a connection waits out the pause like anybody.
    this.#port.events.openFailed(error)
    this.#left()
  }

  #lost(slot: Slot<T>, error: unknown): void {
    if (slot.state === State.closing || slot.state === State.closed) return
    if (!slot.served && this.wallNow() - slot.openedAt < STILLBORN_MS) this.policy.failed(error, false, this.settings.clock.now())
    this.endings.lost(slot, error)
  }

  // A place is free. If nothing is left that could serve and attempts are hopeless, nobody is kept waiting.
  #left(): void {
    const refusal = this.#refusal(this.settings.clock.now())
    if (refusal !== undefined) this.callers.refuseAll(refusal)
    this.pump()
  }

  #refusal(now: number): unknown {
    return this.ledger.live > 0 ? undefined : this.policy.refusal(now)
  }

  /** Why a connection may not be used again. */
  #unfit(slot: Slot<T>, now: number): CloseReason | undefined {
    if (slot.generation !== this.generation) return "evict"
    if (now >= slot.expiresAt) return "lifetime"
    if (this.ledger.usable > this.max) return "idle"
    if (this.callers.size > 0) return undefined
    if (this.state === "closing") return "close"
    return this.settings.idleTimeoutMs === 0 && this.ledger.usable > this.min ? "idle" : undefined
  }

  #isFresh(slot: Slot<T>, now: number): boolean {
    const age = now - slot.provenAt
    // A wall clock that was set back says nothing about the age.
    return age >= 0 && age <= this.settings.validateAfterMs && !slot.suspect && now < slot.expiresAt
  }

  #place(slot: Slot<T>, now: number): void {
    if (this.callers.size > 0 && this.state !== "suspended") {
      this.#handOver(slot, now)
      return
    }
    this.ledger.move(slot, State.idle)
    this.idle.insert(slot)
    this.#port.rest(slot.resource!)
  }

  #handOver(slot: Slot<T>, now: number): void {
    const waiter = this.callers.take()
    this.#lend(slot, now)
    waiter.resolve(this.#port.lease(slot, waiter))
  }

  #lend(slot: Slot<T>, now: number): void {
    this.ledger.move(slot, State.leased)
    this.ledger.acquired++
    slot.leasedAt = now
    slot.served = true
  }

  #enqueue(waiter: Waiter<L>): void {
    this.parked = false
    this.callers.add(waiter)
    this.pump()
  }

  #gaveUp(waiter: Waiter<L>, expired: boolean): void {
    if (expired) this.ledger.timeouts++
    else this.ledger.aborted++
    this.callers.refuse(waiter, expired ? this.#port.errors.acquireTimeout(waiter) : waiter.signal!.reason)
    if (this.state === "closing") this.#drain()
  }

  // Closing: once nobody waits, nothing is needed.
  #drain(): void {
    if (this.callers.size > 0) return
    this.attempts.abandonAll(this.#port.errors.closed())
    for (const slot of this.idle) void this.endings.retire(slot, "close")
    if (this.ledger.total > 0) return
    this.state = "closed"
    this.#growth.rest()
    this.onDrained()
  }
}
