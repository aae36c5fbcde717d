import { type FakeDriver, type FakeDriverOptions, fakeDriver, type ManualClock, manualClock } from "@pgsd/testing"
import { onTestFinished } from "vitest"
import { type ConnectionPool, createConnectionPool, type PoolSettings } from "../../src/index.ts"

// The first connection of a process loads it, which takes real time: no turn of a test may depend on that.
await import("../../src/pooled-connection.ts")

interface PoolKit {
  readonly clock: ManualClock
  readonly driver: FakeDriver
  readonly pool: ConnectionPool
}

/** A pool over a fake driver and a manual clock. Backoff and lifetimes are at their longest unless `random` says otherwise. */
export function poolKit(settings: PoolSettings = {}, driverOptions: FakeDriverOptions = {}): PoolKit {
  const clock = manualClock(1_000)
  const driver = fakeDriver({ clock, ...driverOptions })
  const pool = createConnectionPool({ driver, label: "test", clock, random: () => 0.999999, ...settings })
  onTestFinished(async () => {
    const closed = pool.close({ timeoutMs: 1 })
    await clock.advance(10_000)
    await closed
  })
  return { clock, driver, pool }
}

/** The state of a promise, without waiting for it. */
interface Watched<T> {
  readonly promise: Promise<T>
  state: "pending" | "resolved" | "rejected"
  value?: T
  error?: unknown
}

export function watch<T>(promise: Promise<T>): Watched<T> {
  const watched: Watched<T> = { promise, state: "pending" }
  promise.then(
    (value) => Object.assign(watched, { state: "resolved", value }),
    (error: unknown) => Object.assign(watched, { state: "rejected", error }),
  )
  return watched
}

/** Waits until everything that can settle has settled. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
