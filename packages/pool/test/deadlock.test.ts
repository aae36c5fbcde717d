import { fakeDriver } from "@pgsd/testing"
import { beforeAll, expect, test } from "vitest"
import { createConnectionPool, type PoolError } from "../src/index.ts"
import { poolKit, turn, watch } from "./support/pool-kit.ts"

test("callbacks that all wait for one more connection: the newest is refused at once, which frees the others", async () => {
  const { pool, clock } = poolKit({ max: 3 })
  const all = [1, 2, 3].map(() => watch(pool.transaction(() => pool.query("inner"))))
  await clock.advance(100)
  expect(all.map((each) => each.state).sort()).toEqual(["rejected", "resolved", "resolved"])
  const error = all.find((each) => each.state === "rejected")!.error as PoolError
  expect(error.code).toBe("PGSD_POOL_DEADLOCK")
  expect(error.message).toBe(
    "test: deadlock: all 3 connections are held by callbacks of use() or transaction(), or sources of copyFrom(), that wait for another one",
  )
  expect(error.hint).toContain("use the lease that the callback is given instead of the pool")
  expect(all[2]!.state).toBe("rejected")
})

test("with leak detection the error names where the holders took their connections", async () => {
  const { pool, clock } = poolKit({ max: 1, leakThresholdMs: 60_000 })
  const stuck = watch(pool.use(() => pool.acquire()))
  await clock.advance(100)
  expect((stuck.error as PoolError).hint).toMatch(/holder 1, taken at:\n.*at .*deadlock\.test\.ts:\d+/s)
})

test("a nested use counts for all outer ones", async () => {
  const { pool, clock } = poolKit({ max: 2 })
  const stuck = watch(pool.use(() => pool.use(() => pool.acquire())))
  await clock.advance(100)
  expect(stuck.error).toMatchObject({ code: "PGSD_POOL_DEADLOCK" })
})

test("a holder that works while an inner call waits is not a deadlock", async () => {
  const { pool, driver, clock } = poolKit({ max: 1 })
  driver.answer("long", { delayMs: 500 })
  let inner: Promise<unknown> | undefined
  const outer = watch(
    pool.use(async (lease) => {
      inner = pool.query("inner")
      await lease.query("long")
    }),
  )
  await clock.advance(501)
  expect(outer.state).toBe("resolved")
  await turn()
  await inner
})

test("a caller outside any callback keeps waiting", async () => {
  const { pool, clock } = poolKit({ max: 1 })
  const held = await pool.acquire()
  const waiting = watch(pool.acquire())
  await clock.advance(1_000)
  expect(waiting.state).toBe("pending")
  held.release()
  await turn()
  waiting.value!.release()
})

test("connections held outside callbacks are not a deadlock: they may be released at any time", async () => {
  const { pool, clock } = poolKit({ max: 2 })
  const held = await pool.acquire()
  const inner = watch(pool.use(() => pool.query("inner")))
  await clock.advance(1_000)
  expect(inner.state).toBe("pending")
  held.release()
  await turn()
  await turn()
  expect(inner.state).toBe("resolved")
})

test("waiting for another pool is not a deadlock of this one", async () => {
  const one = poolKit({ max: 1 })
  const two = poolKit({ max: 1 })
  const held = await two.pool.acquire()
  const waiting = watch(one.pool.use(() => two.pool.query("inner")))
  await one.clock.advance(1_000)
  await two.clock.advance(1_000)
  expect(waiting.state).toBe("pending")
  held.release()
  await turn()
  await turn()
  expect(waiting.state).toBe("resolved")
})

test("a deadlock that forms only after the holder's own query ended is found", async () => {
  const { pool, driver, clock } = poolKit({ max: 1 })
  driver.answer("long", { delayMs: 500 })
  const stuck = watch(pool.use((lease) => Promise.all([pool.query("inner"), lease.query("long")])))
  await clock.advance(499)
  expect(stuck.state).toBe("pending")
  await clock.advance(100)
  expect(stuck.error).toMatchObject({ code: "PGSD_POOL_DEADLOCK" })
})

test("only a holder is refused: neither one of another pool, nor a call that a finished callback left behind", async () => {
  const other = poolKit({ max: 1 })
  const { pool, clock } = poolKit({ max: 1 })
  let goOn: () => void = () => {}
  const later = new Promise<void>((resolve) => {
    goOn = resolve
  })
  let leftBehind = watch(Promise.resolve<unknown>(undefined))
  await pool.use(() => {
    leftBehind = watch(later.then(() => pool.query("left behind")))
  })
  const elsewhere = watch(other.pool.use(() => later.then(() => pool.query("elsewhere"))))
  const holder = watch(pool.use(() => pool.query("inner")))
  await turn()
  goOn()
  await turn()
  expect(pool.stats()).toMatchObject({ leased: 1, waiting: 3 })
  await clock.advance(200)
  expect(holder.error).toMatchObject({ code: "PGSD_POOL_DEADLOCK" })
  expect([leftBehind.state, elsewhere.state]).toEqual(["resolved", "resolved"])
})

const COPY = "COPY t FROM STDIN"

// Loads the code of COPY, which takes real time.
beforeAll(async () => {
  await using pool = createConnectionPool({ driver: fakeDriver() })
  await pool.copyFrom(COPY, [])
})

test.each(["pool.copyFrom()", "copyFrom() of a lease"])("a source that waits for the pool: %s", async (call) => {
  const { pool, clock } = poolKit({ max: 1 })
  async function* rows() {
    yield [1]
    yield [(await pool.query("inner")).rows.length]
  }
  const copied = watch(call.startsWith("pool") ? pool.copyFrom(COPY, rows()) : pool.use((lease) => lease.copyFrom(COPY, rows())))
  await clock.advance(100)
  expect(copied.error).toMatchObject({
    code: "PGSD_POOL_DEADLOCK",
    message:
      "test: deadlock: all 1 connections are held by callbacks of use() or transaction(), or sources of copyFrom(), that wait for another one",
  })
})

test("a consumer of copyTo() inside use() that waits for the pool", async () => {
  const { pool, driver, clock } = poolKit({ max: 1 })
  driver.answer("COPY t TO STDOUT", { copy: ["1\n", "2\n"] })
  const read = watch(
    pool.use(async (lease) => {
      for await (const _ of lease.copyTo("COPY t TO STDOUT")) await pool.query("inner")
    }),
  )
  await clock.advance(100)
  expect(read.error).toMatchObject({ code: "PGSD_POOL_DEADLOCK" })
})

test("a source that is slow for another reason, and one that has left a call behind, are no deadlock", async () => {
  const { pool, clock, driver } = poolKit({ max: 1 })
  driver.answer("long", { delayMs: 500 })
  let arrive = () => {}
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve
  })
  let left: Promise<unknown> | undefined
  async function* rows() {
    left = pool.query("left behind")
    yield [1]
    await arrived
  }
  const copied = watch(
    pool.use(async (lease) => {
      await lease.copyFrom(COPY, rows())
      await lease.query("long")
    }),
  )
  await clock.advance(20)
  arrive()
  await clock.advance(600)
  expect(copied).toMatchObject({ state: "resolved" })
  await left
})
