import { fakeDriver, type ManualTimer, manualClock } from "@pgsd/testing"
import { expect, onTestFinished, test } from "vitest"
import { type Clock, createConnectionPool, type PoolSettings } from "../../src/index.ts"
import { turn, watch } from "../support/pool-kit.ts"

/** A pool on a clock that records pending timers, without those of the driver. */
function timedPool(settings: PoolSettings) {
  const inner = manualClock(1_000)
  const pending = new Map<ManualTimer, number>()
  let started = 0
  const clock: Clock = {
    now: () => inner.now(),
    wallNow: () => inner.wallNow(),
    setTimeout: (callback, ms) => {
      started++
      const timer = inner.setTimeout(() => {
        pending.delete(timer)
        callback()
      }, ms)
      pending.set(timer, ms)
      return timer
    },
    clearTimeout: (handle) => {
      pending.delete(handle as ManualTimer)
      inner.clearTimeout(handle)
    },
  }
  const driver = fakeDriver({ clock: inner })
  const pool = createConnectionPool({ driver, clock, random: () => 0.999_999, ...settings })
  onTestFinished(async () => {
    const closed = pool.close({ timeoutMs: 1 })
    await inner.advance(10)
    await closed
  })
  const references = () => [...pending.keys()].map((timer) => timer.hasRef())
  return { pool, driver, pending, references, advance: (ms: number) => inner.advance(ms), started: () => started }
}

const never = Number.POSITIVE_INFINITY
const quiet: PoolSettings = { acquireTimeoutMs: never, healthCheckIntervalMs: never, idleTimeoutMs: never, maxLifetimeMs: never }

test("the pause before a retry keeps the process alive for callers, not for min", async () => {
  const { pool, driver, references, pending, advance } = timedPool({ ...quiet, min: 1 })
  driver.failConnects({ systemCode: "ECONNREFUSED" })
  await turn()
  driver.killAll()
  await turn()
  expect(references()).toEqual([false])
  const callers = [pool.acquire(), pool.acquire(), pool.acquire()].map(watch)
  expect(references()).toEqual([true])
  const closed = pool.close({ timeoutMs: 1 })
  await advance(1)
  await closed
  expect([callers.map((each) => each.state), pending.size]).toEqual([["rejected", "rejected", "rejected"], 0])
})

test("a success ends the pause; its own pause ends after half a second or when no connection is left", async () => {
  const { pool, driver, pending, advance } = timedPool({ ...quiet, max: 2 })
  driver.delayConnects(50)
  const slow = watch(pool.acquire())
  await turn()
  driver.delayConnects(0)
  driver.failConnects({ systemCode: "ECONNREFUSED" }, { times: 1 })
  const second = watch(pool.acquire())
  await turn()
  await advance(50)
  expect([slow.state, second.state]).toEqual(["resolved", "pending"])
  slow.value!.destroy()
  await turn()
  expect([second.state, pending.size]).toEqual(["resolved", 0])
  second.value!.release()
})

test("while the single prober runs there is no timer for another attempt", async () => {
  const { pool, driver, started, advance } = timedPool({ ...quiet, connectTimeoutMs: 60_000 })
  driver.failConnects({ systemCode: "ECONNREFUSED" }, { times: 1 })
  const waiting = watch(pool.acquire())
  await turn()
  driver.delayConnects(8_000)
  await advance(200)
  const before = started()
  const other = watch(pool.acquire())
  await advance(5_000)
  expect(started() - before).toBe(0)
  await advance(20_000)
  for (const each of [waiting, other]) each.value!.release()
})

test("idle connections need few timers: the shortest interval decides; jitter 0 and idle timeout 0 are ignored", async () => {
  const lifetimeWithoutJitter = timedPool({ maxLifetimeJitter: 0, idleTimeoutMs: 60_000, healthCheckIntervalMs: never })
  ;(await lifetimeWithoutJitter.pool.acquire()).release()
  let before = lifetimeWithoutJitter.started()
  await lifetimeWithoutJitter.advance(30_000)
  expect(lifetimeWithoutJitter.started() - before).toBe(2)
  const nothingKept = timedPool({ ...quiet, idleTimeoutMs: 0, min: 1, healthCheckIntervalMs: 40_000 })
  await nothingKept.pool.ready()
  before = nothingKept.started()
  await nothingKept.advance(20_000)
  expect(nothingKept.started() - before).toBe(2)
})

test("there is no timer when nothing can become due", async () => {
  const { pool, pending } = timedPool(quiet)
  ;(await pool.acquire()).release()
  expect(pending.size).toBe(0)
})

test("an interval below the timer resolution becomes 10 ms", async () => {
  const { pool, started, advance } = timedPool({ ...quiet, min: 1, healthCheckIntervalMs: 4, validateAfterMs: never })
  await pool.ready()
  const before = started()
  await advance(1_000)
  expect(started() - before).toBe(100)
})
