import { type PgsdError, secret } from "@pgsd/driver"
import { fakeDriver, manualClock } from "@pgsd/testing"
import { expect, test } from "vitest"
import { createConnectionPool } from "../src/index.ts"
import { poolKit, turn, watch } from "./support/pool-kit.ts"

/** For pools with a password. */
function networkKit(password: string) {
  const clock = manualClock(1_000)
  return { clock, driver: fakeDriver({ clock, password, supports: { network: true } }) }
}

test.each(["28P01", "28000", "3D000", "42501"])("SQLSTATE %s at connect rejects all callers at once, then cools down", async (sqlState) => {
  const { pool, driver, clock } = poolKit({ max: 3 })
  driver.failConnects({ sqlState })
  const waiting = Array.from({ length: 20 }, () => watch(pool.acquire()))
  await turn()
  expect(waiting.map((each) => (each.error as PgsdError).sqlState)).toEqual(Array.from({ length: 20 }, () => sqlState))
  const { attempts } = driver.counts
  expect(attempts).toBeLessThanOrEqual(3)
  await expect(pool.acquire()).rejects.toMatchObject({ sqlState })
  await clock.advance(40)
  await expect(pool.query("SELECT 1")).rejects.toMatchObject({ sqlState })
  expect(driver.counts.attempts).toBe(attempts)
  await clock.advance(100)
  driver.allowConnects()
  await pool.query("SELECT 1")
})

test("isPermanent decides which errors are permanent", async () => {
  const { pool, driver } = poolKit({ isPermanent: (error) => error.code === "PGSD_CONNECTION_REFUSED" })
  driver.failConnects({ systemCode: "ECONNREFUSED" })
  await expect(pool.acquire()).rejects.toMatchObject({ code: "PGSD_CONNECTION_REFUSED" })
})

test("a permanent error rejects no caller while a live connection serves", async () => {
  const { pool, driver, clock } = poolKit({ max: 2 })
  const lease = await pool.acquire()
  driver.failConnects({ sqlState: "28P01" })
  const waiting = watch(pool.acquire())
  await clock.advance(3_000)
  expect(waiting.state).toBe("pending")
  lease.release()
  await turn()
  expect(waiting.state).toBe("resolved")
  waiting.value!.release()
})

test("when the last live connection is lost during the cooldown, waiting callers are rejected", async () => {
  const { pool, driver } = poolKit({ max: 2 })
  const lease = await pool.acquire()
  driver.failConnects({ sqlState: "3D000" })
  const waiting = watch(pool.acquire())
  await turn()
  driver.killAll()
  await turn()
  expect(waiting.error).toMatchObject({ sqlState: "3D000" })
  lease.release()
})

test.each(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN"])(
  "%s keeps callers waiting until the server is back",
  async (systemCode) => {
    const { pool, driver, clock } = poolKit({ max: 5 })
    driver.failConnects({ systemCode })
    const waiting = Array.from({ length: 5 }, () => watch(pool.query("SELECT 1")))
    await clock.advance(1_500)
    driver.allowConnects()
    await clock.advance(1_610 + 500)
    expect(waiting.map((each) => each.state)).toEqual(Array.from({ length: 5 }, () => "resolved"))
  },
)

test.each([0, 0.5, 0.999])("an outage of 10 s costs few attempts, for any jitter (%d)", async (dice) => {
  const { pool, driver, clock } = poolKit({ max: 10, random: () => dice, acquireTimeoutMs: 60_000 })
  driver.failConnects({ systemCode: "ECONNRESET" })
  const waiting = Array.from({ length: 100 }, () => watch(pool.acquire()))
  await clock.advance(10_000)
  expect(driver.counts.attempts).toBeLessThanOrEqual(30)
  expect(driver.counts.attempts).toBeGreaterThanOrEqual(9)
  driver.allowConnects()
  await clock.advance(1_600 + 500)
  expect(waiting.filter((each) => each.state === "resolved")).toHaveLength(10)
})

test("after an outage attempts resume slowly: 1, 1, 2, then as many as allowed", async () => {
  const { pool, driver, clock } = poolKit({ max: 20, connectConcurrency: 4 })
  driver.failConnects({ systemCode: "ECONNREFUSED" }, { times: 4 })
  const waiting = Array.from({ length: 20 }, () => watch(pool.acquire()))
  await turn()
  driver.delayConnects(10)
  await clock.advance(101)
  expect(driver.counts.connecting).toBe(1)
  await clock.advance(10)
  // The first connection serves alone for half a second.
  expect(driver.counts).toMatchObject({ connecting: 0, open: 1 })
  await clock.advance(499)
  const underWay: number[] = []
  for (let n = 0; n < 5; n++) {
    underWay.push(driver.counts.connecting)
    await clock.advance(10)
  }
  expect(underWay).toEqual([1, 2, 4, 4, 4])
  await clock.advance(100)
  for (const each of waiting) each.value?.release()
})

test("53300 fails no caller while live connections serve, and the pool grows when it can again", async () => {
  const { pool, driver, clock } = poolKit({ max: 10 })
  const live = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
  driver.failConnects({ sqlState: "53300" })
  driver.answer("work", { delayMs: 10 })
  const waiting = Array.from({ length: 30 }, () => watch(pool.query("work")))
  for (const each of live) each.release()
  await clock.advance(110)
  expect(waiting.map((each) => each.state)).toEqual(Array.from({ length: 30 }, () => "resolved"))
  expect(pool.stats().total).toBe(3)
})

test("an attempt beyond its deadline is aborted and its slot freed", async () => {
  const { pool, driver, clock } = poolKit({ max: 1, connectTimeoutMs: 300, acquireTimeoutMs: 10_000 })
  driver.delayConnects(Number.POSITIVE_INFINITY)
  const waiting = watch(pool.acquire())
  await clock.advance(301)
  expect(driver.counts.connecting).toBe(0)
  expect(pool.stats()).toMatchObject({ connecting: 0, total: 0, connectErrors: 1 })
  driver.allowConnects()
  await clock.advance(101)
  expect(waiting.state).toBe("resolved")
  waiting.value!.release()
})

test("a connection that opens after its attempt was abandoned is closed", async () => {
  const { driver, clock } = poolKit()
  let finish = () => {}
  const open = async () => {
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    return driver.connect()
  }
  const pool = createConnectionPool({ open, clock, connectTimeoutMs: 100, acquireTimeoutMs: 150 })
  const waiting = watch(pool.acquire())
  await clock.advance(151)
  expect((waiting.error as PgsdError).cause).toMatchObject({ code: "PGSD_CONNECT_TIMEOUT" })
  finish()
  await turn()
  expect(driver.counts).toMatchObject({ opened: 1, open: 0 })
  await pool.close()
})

test("a rotated password costs one retry with a fresh one, and no caller an error", async () => {
  const passwords = ["old", "new"]
  let asked = 0
  const { driver, clock } = networkKit("new")
  const password = () => secret(passwords[Math.min(asked++, 1)]!)
  const pool = createConnectionPool({ driver, connection: { host: "127.0.0.1", sslMode: "disable", user: "u", password }, clock })
  const lease = await pool.acquire()
  expect([asked, driver.counts.attempts]).toEqual([2, 2])
  lease.release()
  await pool.close()
})

test("a refused password is retried once with a provider, never without one, and then rejects the callers", async () => {
  const { driver, clock } = networkKit("right")
  const withProvider = createConnectionPool({
    driver,
    connection: { host: "127.0.0.1", sslMode: "disable", user: "u", password: () => "wrong" },
    clock,
    max: 1,
  })
  await expect(withProvider.acquire()).rejects.toMatchObject({ sqlState: "28P01" })
  expect(driver.counts.attempts).toBe(2)
  const without = createConnectionPool({
    driver,
    connection: { host: "127.0.0.1", sslMode: "disable", user: "u", password: "wrong" },
    clock,
    max: 1,
  })
  await expect(without.acquire()).rejects.toMatchObject({ sqlState: "28P01" })
  expect(driver.counts.attempts).toBe(3)
  await Promise.all([withProvider.close(), without.close()])
})

test("an open function is called for a fresh password after 28P01", async () => {
  const asked: boolean[] = []
  const { driver, clock } = poolKit()
  driver.failConnects({ sqlState: "28P01" }, { times: 1 })
  const pool = createConnectionPool({
    clock,
    open: ({ fresh, signal }) => {
      asked.push(fresh)
      return driver.connect(undefined, { signal })
    },
  })
  ;(await pool.acquire()).release()
  expect(asked).toEqual([false, true])
  await pool.close()
})

test("a provider that rejects or hangs is a failed attempt", async () => {
  const { driver, clock } = networkKit("right")
  const rejecting = createConnectionPool({
    driver,
    connection: { host: "127.0.0.1", sslMode: "disable", user: "u", password: () => Promise.reject(new Error("vault is sealed")) },
    clock,
  })
  await expect(rejecting.acquire()).rejects.toThrow("vault is sealed")
  const hanging = createConnectionPool({
    open: () => new Promise(() => {}),
    clock,
    connectTimeoutMs: 200,
    acquireTimeoutMs: 250,
  })
  const waiting = watch(hanging.acquire())
  await clock.advance(251)
  expect(waiting.error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", cause: { code: "PGSD_CONNECT_TIMEOUT" } })
  await Promise.all([rejecting.close(), hanging.close()])
})

test("onConnect sets up each connection before it is lent", async () => {
  const { pool, driver } = poolKit({ onConnect: async (connection) => void (await connection.query("SET x = 1")) })
  const lease = await pool.acquire()
  expect(driver.queries.map((each) => each.sql)).toEqual(["SET x = 1"])
  lease.release()
})

test("an onConnect that throws, hangs or leaves a transaction open is a failed attempt, without a retry loop", async () => {
  const throwing = poolKit({
    onConnect: () => {
      throw new Error("no such setting")
    },
  })
  await expect(throwing.pool.acquire()).rejects.toMatchObject({
    code: "PGSD_ON_CONNECT_FAILED",
    message: "test: onConnect failed: test: no such setting",
  })
  expect(throwing.driver.counts).toMatchObject({ attempts: 1, open: 0 })

  const hanging = poolKit({ onConnect: () => new Promise(() => {}), connectTimeoutMs: 200, acquireTimeoutMs: 2_000, max: 1 })
  const waiting = watch(hanging.pool.acquire())
  await hanging.clock.advance(2_001)
  expect(waiting.error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT" })
  expect(hanging.driver.counts.attempts).toBeLessThanOrEqual(6)
  expect(hanging.driver.counts.open).toBe(hanging.pool.stats().connecting)

  const dirty = poolKit({ onConnect: async (connection) => void (await connection.query("BEGIN")) })
  await expect(dirty.pool.acquire()).rejects.toThrow("it left the connection transaction")
  expect(dirty.driver.counts.open).toBe(0)
})

test("background errors go to onError, and nothing is thrown", async () => {
  const errors: PgsdError[] = []
  const { pool, driver, clock } = poolKit({ acquireTimeoutMs: 300, onError: (error) => errors.push(error) })
  driver.failConnects({ systemCode: "ECONNREFUSED" }, { times: 1 })
  const waiting = watch(pool.acquire())
  await clock.advance(200)
  waiting.value!.release()
  driver.killAll({ sqlState: "57P01" })
  await turn()
  expect(errors.map((each) => each.code)).toEqual(["PGSD_CONNECTION_REFUSED", "PGSD_CONNECTION_LOST"])
})

test("connections lost right after opening are replaced at the rate of failed attempts", async () => {
  const { pool, driver, clock } = poolKit({ min: 2 })
  for (let n = 0; n < 40; n++) {
    await clock.advance(50)
    driver.killAll()
  }
  expect(driver.counts.attempts).toBeLessThanOrEqual(45)
  expect(pool.stats().total).toBeLessThanOrEqual(2)
})

test("a permanent failure rejects waiting callers although another attempt is in progress", async () => {
  const { pool, driver } = poolKit({ max: 3 })
  driver.delayConnects(Number.POSITIVE_INFINITY)
  const first = watch(pool.acquire())
  await turn()
  driver.delayConnects(0)
  driver.failConnects({ sqlState: "3D000" })
  const second = watch(pool.acquire())
  await turn()
  expect([first.error, second.error]).toMatchObject([{ sqlState: "3D000" }, { sqlState: "3D000" }])
})
