import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { abortable, type Clock } from "@pgsd/driver"
import type { ConnectionPool, PoolEvent } from "@pgsd/pool"
import { PoolRecorder } from "./pool-recorder.ts"
import type { Update } from "./update.ts"

const SAMPLE_MS = 250
const HEALTH_MS = 5_000

/** Subscribes to the pools, and wakes the open pages on every change. */
export class Hub {
  /** Number of open pages. Health is only requested while there are any, because a check costs the server a query. */
  viewers = 0
  readonly #clock: Clock
  readonly #recorders: ReadonlyMap<ConnectionPool, PoolRecorder>
  readonly #subscriptions: (readonly [channel: string, listener: (event: unknown) => void])[]
  readonly #ended = new AbortController()
  #change = 0
  #waiting: (() => void)[] = []
  #timer: unknown
  #checkedAt = Number.NEGATIVE_INFINITY
  #checking = false

  constructor(pools: readonly ConnectionPool[], clock: Clock) {
    this.#clock = clock
    this.#recorders = new Map(pools.map((pool) => [pool, new PoolRecorder(pool, clock)]))
    const [any] = this.#recorders.values()
    this.#subscriptions = Object.keys(any!.handlers).map(
      (channel) => [channel, (event) => this.#receive(channel, event as PoolEvent)] as const,
    )
    for (const [channel, listener] of this.#subscriptions) subscribe(channel, listener)
    this.#tick()
  }

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  /** Resolves with everything after `change`, as soon as there is something. */
  async since(change: number, signal: AbortSignal): Promise<{ readonly change: number; readonly update: Update }> {
    signal.throwIfAborted()
    // A reader that disconnects is removed at the next change.
    if (change >= this.#change) await abortable(new Promise<void>((resolve) => this.#waiting.push(resolve)), signal)
    const pools = [...this.#recorders.values()].map((recorder) => recorder.since(change))
    return { change: this.#change, update: { now: this.#clock.wallNow?.() ?? this.#clock.now(), pools } }
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer)
    for (const [channel, listener] of this.#subscriptions) unsubscribe(channel, listener)
    this.#ended.abort()
  }

  #receive(channel: string, event: PoolEvent): void {
    const recorder = this.#recorders.get(event.instance)
    const handler = recorder?.handlers[channel as keyof PoolRecorder["handlers"]] as ((event: unknown) => void) | undefined
    handler?.(event)
  }

  #tick(): void {
    this.#change++
    for (const recorder of this.#recorders.values()) recorder.sample(this.#change)
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
    if (this.viewers > 0 && !this.#checking && this.#clock.now() >= this.#checkedAt + HEALTH_MS) void this.#checkHealth()
    this.#timer = this.#clock.setTimeout(() => this.#tick(), SAMPLE_MS)
  }

  async #checkHealth(): Promise<void> {
    this.#checking = true
    await Promise.all([...this.#recorders.values()].map((recorder) => recorder.checkHealth(this.signal)))
    this.#checkedAt = this.#clock.now()
    this.#checking = false
  }
}
