import { expect, test } from "vitest"
import { createConnectionPool } from "../src/index.ts"
import { poolKit, turn, watch } from "./support/pool-kit.ts"

test("ready() rejects with the first failed attempt, before the next one starts", async () => {
  const { pool, driver } = poolKit({ min: 2, connectConcurrency: 1 })
  const ready = watch(pool.ready())
  driver.failConnects({ systemCode: "ECONNREFUSED" })
  await turn()
  expect(ready.error).toMatchObject({ code: "PGSD_CONNECTION_REFUSED" })
  expect(driver.counts).toMatchObject({ attempts: 2, open: 1 })
})

test("ready() waits no longer than its timeout, for its connection and for min together", async () => {
  const { driver, clock } = poolKit()
  driver.delayConnects(300)
  const pool = createConnectionPool({ driver, clock, label: "test", min: 2, connectConcurrency: 1 })
  const ready = watch(pool.ready({ acquireTimeoutMs: 500 }))
  await clock.advance(499)
  expect([ready.state, pool.stats().idle]).toEqual(["pending", 1])
  await clock.advance(2)
  expect(ready.error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", message: "test: 1 of 2 connections are open and no more came in time" })
  await pool.close()
})

test("ready() may wait for longer than Node's longest timer", async () => {
  const { pool, driver, clock } = poolKit({ min: 2, connectConcurrency: 1 })
  driver.delayConnects(300)
  const ready = watch(pool.ready({ acquireTimeoutMs: 2 ** 32 }))
  await clock.advance(601)
  expect(ready.state).toBe("resolved")
})

test("ready() fills min again after closeIdle(), also when a lease was released without a waiting caller", async () => {
  const { pool, clock } = poolKit({ min: 2 })
  await pool.ready()
  const lease = await pool.acquire()
  await pool.closeIdle()
  lease.release()
  await turn()
  expect(pool.stats()).toMatchObject({ total: 1 })
  await pool.ready()
  expect(pool.stats()).toMatchObject({ idle: 2 })
  await pool.closeIdle()
  await clock.advance(60_000)
  expect(pool.stats()).toMatchObject({ total: 0 })
})

test("a listener of failed attempts that asks for a connection waits for the pause", async () => {
  const { clock } = poolKit()
  let attempts = 0
  const pool = createConnectionPool({
    clock,
    isPermanent: () => false,
    open: () => {
      attempts++
      return Promise.reject(new Error("down"))
    },
    onError: () => void pool.acquire().catch(() => {}),
  })
  void pool.acquire().catch(() => {})
  for (let turns = 0; turns < 5; turns++) await turn()
  expect(attempts).toBe(1)
  const closed = pool.close({ timeoutMs: 1 })
  await clock.advance(2)
  await closed
})

test("a listener of a refused password that closes the pool leaves no attempt behind", async () => {
  const { driver, clock } = poolKit()
  let closed: Promise<void> | undefined
  const pool = createConnectionPool({
    clock,
    min: 1,
    open: ({ signal, fresh }) => {
      if (!fresh) driver.failConnects({ sqlState: "28P01" }, { times: 1 })
      return driver.connect(undefined, { signal })
    },
    onError: () => {
      closed ??= pool.close()
    },
  })
  await turn()
  await closed
  expect(pool.stats()).toMatchObject({ state: "closed", total: 0, connectErrors: 1 })
  await turn()
  expect(driver.counts.open).toBe(0)
  expect(clock.pending).toBe(0)
})
