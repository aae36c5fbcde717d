import { expect, test } from "vitest"
import { createConnectionPool } from "../src/index.ts"
import { poolKit, turn, watch } from "./support/pool-kit.ts"

test("close refuses new callers, serves waiting ones, and leaves nothing open", async () => {
  const { pool, driver, clock } = poolKit({ max: 1 })
  const lease = await pool.acquire()
  const waiting = watch(pool.acquire())
  const closed = watch(pool.close())
  expect(pool.state).toBe("closing")
  await expect(pool.acquire()).rejects.toMatchObject({ code: "PGSD_POOL_CLOSED", message: "test: the pool is closed" })
  await expect(pool.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_POOL_CLOSED" })
  lease.release()
  await turn()
  expect([waiting.state, closed.state]).toEqual(["resolved", "pending"])
  waiting.value!.release()
  await turn()
  expect(closed.state).toBe("resolved")
  expect([pool.state, driver.leaks(), clock.pending]).toEqual(["closed", [], 0])
})

test("at the deadline waiting callers are rejected and leases destroyed", async () => {
  const { pool, driver, clock } = poolKit({ max: 2 })
  const lease = await pool.acquire()
  driver.answer("slow", { delayMs: Number.POSITIVE_INFINITY })
  const running = watch(lease.query("slow"))
  driver.delayConnects(Number.POSITIVE_INFINITY)
  const waiting = watch(pool.acquire())
  const queued = watch(pool.acquire())
  await turn()
  const closed = watch(pool.close({ timeoutMs: 500 }))
  await clock.advance(499)
  expect([closed.state, waiting.state]).toEqual(["pending", "pending"])
  await clock.advance(2)
  expect(closed.state).toBe("resolved")
  expect([waiting.error, queued.error]).toMatchObject([{ code: "PGSD_POOL_CLOSED" }, { code: "PGSD_POOL_CLOSED" }])
  const message = expect.stringMatching(/^test: the pool was closed, and this connection with it \(.*closeTimeoutMs/)
  expect(running.error).toMatchObject({
    code: "PGSD_CONNECTION_CLOSED",
    label: "test",
    message,
    stack: expect.stringContaining("the pool was"),
  })
  await expect(lease.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_CONNECTION_CLOSED", message })
  lease.release()
  expect([driver.leaks(), clock.pending]).toEqual([[], 0])
  expect(pool.stats()).toMatchObject({ state: "closed", total: 0, waiting: 0, closedBy: { close: 1 } })
})

test("close settles in time with an idle, a leased, a checked, a resetting and a connecting connection, and a waiting caller", async () => {
  const { pool, driver, clock } = poolKit({ max: 6, validateTimeoutMs: 60_000, resetTimeoutMs: 60_000, connectTimeoutMs: 60_000 })
  const leases = await Promise.all(Array.from({ length: 4 }, () => pool.acquire()))
  driver.answer("", { delayMs: Number.POSITIVE_INFINITY })
  driver.answer("ROLLBACK", { delayMs: Number.POSITIVE_INFINITY })
  await leases[1]!.query("BEGIN")
  leases[2]!.release()
  await clock.advance(5_000)
  const checking = watch(pool.acquire())
  leases[1]!.release()
  leases[3]!.release()
  driver.delayConnects(Number.POSITIVE_INFINITY)
  const others = Array.from({ length: 6 }, () => watch(pool.acquire()))
  await turn()
  const closed = watch(pool.close({ timeoutMs: 500 }))
  await clock.advance(501)
  expect(closed.state).toBe("resolved")
  expect([checking, ...others].every((each) => each.state !== "pending")).toBe(true)
  expect([driver.leaks(), clock.pending]).toEqual([[], 0])
})

test("a second close returns the same promise", async () => {
  const { pool } = poolKit()
  const first = pool.close()
  expect(pool.close({ timeoutMs: 1 })).toBe(first)
  await first
  await expect(pool.acquire()).rejects.toMatchObject({ code: "PGSD_POOL_CLOSED" })
  await expect(pool.use(() => 1)).rejects.toMatchObject({ code: "PGSD_POOL_CLOSED" })
  await pool[Symbol.asyncDispose]()
  expect(pool.state).toBe("closed")
})

test("a close with an invalid option rejects and closes nothing", async () => {
  const { pool } = poolKit()
  await expect(pool.close({ timeoutMs: 0 })).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
  await expect(pool.close({ timeout: 5 } as never)).rejects.toMatchObject({ hint: 'did you mean "timeoutMs"?' })
  expect(pool.state).toBe("open")
  await pool.close()
})

test("close in the tick of an acquire serves it", async () => {
  const { pool, driver } = poolKit()
  const waiting = watch(pool.acquire())
  const closed = watch(pool.close())
  await turn()
  expect(waiting.state).toBe("resolved")
  waiting.value!.release()
  await turn()
  expect([closed.state, driver.counts.open]).toEqual(["resolved", 0])
})

test("close from inside use() settles when the callback ends", async () => {
  const { pool, driver } = poolKit()
  let closed: Promise<void> | undefined
  await pool.use(() => {
    closed = pool.close()
  })
  await closed
  expect(driver.leaks()).toEqual([])
})

test("close during onConnect aborts the attempt", async () => {
  const { pool, driver, clock } = poolKit({ onConnect: () => new Promise(() => {}), min: 1 })
  await turn()
  const closed = watch(pool.close())
  await turn()
  expect([closed.state, driver.leaks(), clock.pending]).toEqual(["resolved", [], 0])
})

test("close of a suspended pool serves waiting callers", async () => {
  const { pool } = poolKit()
  pool.suspend()
  const waiting = watch(pool.acquire())
  const closed = watch(pool.close())
  await turn()
  waiting.value!.release()
  await turn()
  expect(closed.state).toBe("resolved")
  pool.resume()
  expect(pool.state).toBe("closed")
})

test("the aborts and deadlines of waiting callers still work during close", async () => {
  const { pool, clock } = poolKit({ max: 1, acquireTimeoutMs: 100 })
  const lease = await pool.acquire()
  const control = new AbortController()
  const waiting = [watch(pool.acquire({ signal: control.signal })), watch(pool.acquire())]
  const closed = watch(pool.close())
  control.abort()
  await clock.advance(101)
  expect(waiting.map((each) => each.state)).toEqual(["rejected", "rejected"])
  lease.release()
  await turn()
  expect(closed.state).toBe("resolved")
})

test("a connection that does not finish closing is waited for a second at most", async () => {
  const { pool, driver, clock } = poolKit({ max: 1, maxLifetimeMs: 1_000, resetTimeoutMs: 10_000 })
  driver.answer("slow", { delayMs: Number.POSITIVE_INFINITY })
  const lease = await pool.acquire()
  const slow = watch(lease.query("slow"))
  await clock.advance(2_000)
  lease.release()
  const waiting = watch(pool.acquire())
  await clock.advance(1_001)
  expect([slow.state, waiting.state]).toEqual(["rejected", "resolved"])
  waiting.value!.release()
})

test("when the last caller leaves, close aborts the attempt made for it and settles", async () => {
  const { pool, driver } = poolKit()
  driver.delayConnects(Number.POSITIVE_INFINITY)
  const control = new AbortController()
  const waiting = watch(pool.acquire({ signal: control.signal }))
  await turn()
  const closed = watch(pool.close())
  await turn()
  expect(closed.state).toBe("pending")
  control.abort()
  await turn()
  expect([waiting.state, closed.state, driver.leaks()]).toEqual(["rejected", "resolved", []])
})

test("a closing pool opens connections for waiting callers, not for min", async () => {
  const { pool, driver } = poolKit({ max: 3, min: 3 })
  const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
  const waiting = watch(pool.acquire())
  const closed = watch(pool.close())
  driver.delayConnects(Number.POSITIVE_INFINITY)
  leases[0]!.destroy()
  leases[1]!.destroy()
  await turn()
  expect(pool.stats()).toMatchObject({ connecting: 1, leased: 1, waiting: 1 })
  leases[2]!.release()
  await turn()
  waiting.value!.release()
  await turn()
  expect(closed.state).toBe("resolved")
})

test("a connection already closing at the deadline is counted once", async () => {
  const { pool, driver, clock } = poolKit({ max: 1, maxLifetimeMs: 1_000 })
  driver.answer("slow", { delayMs: Number.POSITIVE_INFINITY })
  const lease = await pool.acquire()
  const slow = watch(lease.query("slow"))
  await clock.advance(2_000)
  lease.release()
  expect(pool.stats()).toMatchObject({ closing: 1 })
  const closed = watch(pool.close({ timeoutMs: 5 }))
  await clock.advance(6)
  expect([slow.state, closed.state]).toEqual(["rejected", "resolved"])
  expect(pool.stats().closedBy).toMatchObject({ lifetime: 1, close: 0 })
})

test("close during the pause after a failed attempt leaves no timer", async () => {
  const { pool, driver, clock } = poolKit({ acquireTimeoutMs: 20 })
  driver.failConnects({ systemCode: "ECONNREFUSED" })
  const waiting = watch(pool.acquire())
  await clock.advance(30)
  expect(waiting.state).toBe("rejected")
  await pool.close()
  expect(clock.pending).toBe(0)
})

test("an open function that closes the pool closes it", async () => {
  const { clock } = poolKit()
  let closing: Promise<void> | undefined
  const pool = createConnectionPool({
    clock,
    open: () => {
      closing ??= pool.close()
      return new Promise(() => {})
    },
  })
  pool.resize({ min: 1 })
  await closing
  expect([pool.state, clock.pending]).toEqual(["closed", 0])
})

test("close removes the timers of leases that were never released", async () => {
  const { pool, clock } = poolKit({ leakThresholdMs: 30_000 })
  const lease = await pool.acquire()
  const closed = pool.close({ timeoutMs: 10 })
  await clock.advance(11)
  await closed
  expect(clock.pending).toBe(0)
  lease.release()
})

test("a lease that its holder has destroyed while the pool was closing was not closed by the pool", async () => {
  const { pool, driver } = poolKit({ max: 1 })
  const lease = await pool.acquire()
  driver.answer("slow", { delayMs: Number.POSITIVE_INFINITY })
  const running = watch(lease.query("slow"))
  await turn()
  const closed = pool.close()
  lease.destroy()
  await turn()
  expect(running.error).toMatchObject({ code: "PGSD_CONNECTION_CLOSED", message: expect.not.stringContaining("the pool") })
  await closed
})
