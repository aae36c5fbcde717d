import { systemClock } from "@pgsd/driver"
import { fakeDriver, manualClock } from "@pgsd/testing"
import { expect, test } from "vitest"
import { type Clock, createConnectionPool } from "../../src/index.ts"
import { turn, watch } from "../support/pool-kit.ts"

test("the system clock is Node's", async () => {
  expect(Math.abs(systemClock.now() - performance.now())).toBeLessThan(1_000)
  expect(Math.abs(systemClock.wallNow() - Date.now())).toBeLessThan(1_000)
  const fired: string[] = []
  systemClock.clearTimeout(systemClock.setTimeout(() => fired.push("cleared"), 1))
  await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, 10))
  await new Promise<void>((resolve) => systemClock.setImmediate(resolve))
  expect(fired).toEqual([])
})

/** The minimal clock: no wall clock, no turns, handles that are plain numbers. */
function bareClock(inner = manualClock(1_000)): {
  readonly clock: Clock
  readonly advance: (ms: number) => Promise<void>
  readonly pending: () => number
} {
  const timers = new Map<number, unknown>()
  let last = 0
  return {
    advance: (ms) => inner.advance(ms),
    pending: () => inner.pending,
    clock: {
      now: () => inner.now(),
      setTimeout: (callback, ms) => {
        timers.set(++last, inner.setTimeout(callback, ms))
        return last
      },
      clearTimeout: (handle) => inner.clearTimeout(timers.get(handle as number)),
    },
  }
}

test("a pool runs on a clock without wall time and without ref() and unref()", async () => {
  const { clock, advance, pending } = bareClock()
  const driver = fakeDriver({ clock })
  const pool = createConnectionPool({ driver, clock, min: 1, validateAfterMs: 100, idleTimeoutMs: 1_000, random: () => 0.999 })
  await pool.ready()
  await advance(150)
  ;(await pool.acquire()).release()
  pool.tryAcquire()!.release()
  expect(driver.queries.map((each) => each.sql)).toEqual([""])
  driver.failConnects({ systemCode: "ECONNREFUSED" })
  await advance(2_000)
  driver.killAll()
  await turn()
  const waiting = watch(pool.acquire())
  await advance(50)
  driver.allowConnects()
  await advance(300)
  waiting.value!.release()
  await pool.close()
  expect([driver.leaks(), pending()]).toEqual([[], 0])
})

/** Wall time controlled by the test. */
function skewed(inner = manualClock(1_000_000)) {
  let skew = 0
  const clock: Clock = {
    now: () => inner.now(),
    wallNow: () => inner.wallNow() + skew,
    setTimeout: (callback, ms) => inner.setTimeout(callback, ms),
    clearTimeout: (handle) => inner.clearTimeout(handle),
  }
  const setBack = (ms: number) => {
    skew -= ms
  }
  return { clock, setBack, inner }
}

test("after the wall clock was set back, an idle connection is checked", async () => {
  const { clock, setBack } = skewed()
  const driver = fakeDriver({ clock })
  const pool = createConnectionPool({ driver, clock })
  ;(await pool.acquire()).release()
  setBack(5_000)
  expect(pool.tryAcquire()).toBeUndefined()
  ;(await pool.acquire()).release()
  expect(driver.queries.map((each) => each.sql)).toEqual([""])
  await pool.close()
})

test("a wall clock that was set back does not postpone checks until it has caught up", async () => {
  const { clock, setBack, inner } = skewed()
  const driver = fakeDriver({ clock })
  const pool = createConnectionPool({ driver, clock, healthCheckIntervalMs: 4_000, idleTimeoutMs: Number.POSITIVE_INFINITY })
  ;(await pool.acquire()).release()
  setBack(3_600_000)
  await inner.advance(1_000)
  expect(driver.queries).toHaveLength(1)
  await inner.advance(3_000)
  expect(driver.queries).toHaveLength(1)
  await inner.advance(2_000)
  expect(driver.queries).toHaveLength(2)
  setBack(3_600_000)
  expect(await pool.healthCheck()).toMatchObject({ healthy: true, checked: 1 })
  await pool.close()
})

test("a lease's age is never negative when the wall clock was set back", async () => {
  const { clock, setBack, inner } = skewed()
  const pool = createConnectionPool({ driver: fakeDriver({ clock }), clock, label: "test", max: 1 })
  const lease = await pool.acquire()
  const waiting = pool.acquire({ acquireTimeoutMs: 10 }).catch((error: Error) => error)
  setBack(5_000)
  await inner.advance(11)
  expect(await waiting).toMatchObject({ longestLeaseMs: 0, reason: "exhausted" })
  lease.release()
  await pool.close()
})
