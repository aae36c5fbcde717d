import type { PgsdError } from "@pgsd/driver"
import { expect, test } from "vitest"
import { type ConnectionPoolOptions, createConnectionPool } from "../src/index.ts"
import { poolKit, turn, watch } from "./support/pool-kit.ts"

// An unhandled rejection, or an error in a timer, would fail the test run.

test("a synchronous reset is done when it returns; one that throws destroys the connection", async () => {
  const seen: string[] = []
  const { pool } = poolKit({ max: 1, reset: (connection) => void seen.push(connection.status) })
  await pool.query("SELECT 1")
  await turn()
  expect([seen, pool.stats().idle]).toEqual([["idle"], 1])
  const throwing = poolKit({
    max: 1,
    reset: () => {
      throw new Error("reset")
    },
  })
  await throwing.pool.query("SELECT 1")
  await turn()
  expect(throwing.pool.stats()).toMatchObject({ total: 0, leased: 0, closedBy: { error: 1 } })
})

test("an asynchronous onRelease is awaited before the connection is lent again; one that rejects destroys it", async () => {
  const seen: string[] = []
  const { pool } = poolKit({
    max: 1,
    onRelease: async () => {
      await turn()
      seen.push("hook")
    },
  })
  const lease = await pool.acquire()
  const next = pool.acquire().then((each) => {
    seen.push("next")
    each.release()
  })
  lease.release()
  expect(pool.stats()).toMatchObject({ resetting: 1 })
  await next
  expect(seen).toEqual(["hook", "next"])
  const errors: PgsdError[] = []
  const rejecting = poolKit({ onRelease: () => Promise.reject(new Error("hook")), onError: (error) => errors.push(error) })
  await rejecting.pool.query("SELECT 1")
  await turn()
  expect(rejecting.pool.stats()).toMatchObject({ total: 0, closedBy: { error: 1 } })
  expect(errors[0]).toMatchObject({ code: "PGSD_RESET_FAILED" })
})

test("an onRelease that hangs destroys the connection after resetTimeoutMs", async () => {
  const { pool, clock } = poolKit({ max: 1, resetTimeoutMs: 300, onRelease: () => new Promise(() => {}) })
  await pool.query("SELECT 1")
  await clock.advance(301)
  expect(pool.stats()).toMatchObject({ total: 0, resetting: 0 })
})

test("an onError that rejects has no effect", async () => {
  let calls = 0
  const { pool, driver } = poolKit({ onError: (() => Promise.reject(new Error(`hook ${++calls}`))) as never })
  await pool.query("SELECT 1")
  driver.killAll()
  await turn()
  expect(calls).toBe(1)
  await pool.query("SELECT 1")
})

test("an isPermanent that throws falls back to the default rule, and its error becomes a warning", async () => {
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve))
  const { pool, driver, clock } = poolKit({
    isPermanent: () => {
      throw new Error("isPermanent")
    },
  })
  driver.failConnects({ systemCode: "ECONNREFUSED" }, { times: 1 })
  const waiting = watch(pool.acquire())
  await turn()
  expect([waiting.state, pool.stats().connectErrors]).toEqual(["pending", 1])
  await clock.advance(101)
  waiting.value!.release()
  await turn()
  driver.killAll()
  driver.failConnects({ sqlState: "28P01" })
  await expect(pool.acquire()).rejects.toMatchObject({ code: "PGSD_AUTH_FAILED" })
  expect((await warned).message).toBe("isPermanent")
})

test.each<[string, unknown]>([
  ["nothing", undefined],
  ["a driver's own client", { query: () => {} }],
])("an open function that resolves to %s gets an error that says so", async (_name, opened) => {
  const pool = createConnectionPool({ open: async () => opened, label: "mine" } as ConnectionPoolOptions)
  await expect(pool.acquire()).rejects.toMatchObject({
    code: "PGSD_INVALID_OPTION",
    message: "mine: what was opened is not a Connection of @pgsd/driver",
  })
  expect(pool.stats()).toMatchObject({ total: 0, connectErrors: 1 })
  await pool.close()
})

test("a connection that opens after its attempt was abandoned is destroyed, and not set up", async () => {
  const { driver, clock } = poolKit()
  let arrive: () => void = () => {}
  let setUp = 0
  const pool = createConnectionPool({
    clock,
    connectTimeoutMs: 100,
    open: async () => {
      await new Promise<void>((resolve) => {
        arrive = resolve
      })
      return driver.connect()
    },
    onConnect: () => {
      setUp++
      return new Promise(() => {})
    },
  })
  const waiting = watch(pool.acquire({ acquireTimeoutMs: 50 }))
  await clock.advance(101)
  expect(waiting.state).toBe("rejected")
  arrive()
  await turn()
  expect([driver.counts.opened, driver.counts.open, setUp]).toEqual([1, 0, 0])
  await pool.close()
})
