import type { PgsdError } from "@pgsd/driver"
import { QueryTimeoutError } from "@pgsd/driver/calls"
import { expect, test } from "vitest"
import { createConnectionPool, PoolError } from "../src/index.ts"
import { poolKit, turn, watch } from "./support/pool-kit.ts"

test("a second release does nothing", async () => {
  const { pool } = poolKit({ max: 1 })
  const lease = await pool.acquire()
  lease.release()
  const next = await pool.acquire()
  lease.release()
  lease.destroy()
  await lease.close()
  expect(pool.stats()).toMatchObject({ leased: 1, total: 1 })
  const waiting = watch(pool.acquire())
  await turn()
  expect(waiting.state).toBe("pending")
  next.release()
  await turn()
  waiting.value!.release()
})

test("a released lease reaches no session", async () => {
  const { pool, driver } = poolKit({ max: 1 })
  const old = await pool.acquire()
  old.release()
  const stranger = await pool.acquire()
  await stranger.query("BEGIN")
  const error = await old.query("DELETE FROM t").catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(PoolError)
  expect(error).toMatchObject({ code: "PGSD_LEASE_RELEASED" })
  expect((error as PoolError).message).toBe("test: this lease was given back; another caller may hold its connection now")
  for (const use of [
    () => old.native,
    () => old.serverParameters,
    () => old.onClose(() => {}),
    () => old.onNotice(() => {}),
    () => old.onNotification(() => {}),
    () => old.ref?.(),
    () => old.unref?.(),
  ])
    expect(use).toThrow(expect.objectContaining({ code: "PGSD_LEASE_RELEASED" }))
  expect(old.status).toBe("closed")
  expect(old.info.processId).toBe(1)
  expect(stranger.status).toBe("transaction")
  expect(driver.queries.map((each) => each.sql)).toEqual(["BEGIN"])
  await stranger.query("COMMIT")
  stranger.release()
})

test("a lease is a connection: parameters, native, notices and notifications are passed through", async () => {
  const { pool, driver } = poolKit()
  const lease = await pool.acquire()
  const connection = driver.connections[0]!
  expect(lease.native).toBe(connection)
  expect(lease.serverParameters.server_version).toBe("18.0")
  const received: string[] = []
  lease.onNotice((notice) => received.push(notice.message))
  lease.onNotification((notification) => received.push(notification.channel))
  connection.notice({ message: "one" })
  connection.notify({ channel: "two" })
  expect(received).toEqual(["one", "two"])
  lease.release()
  connection.notice({ message: "three" })
  const next = await pool.acquire()
  next.onNotice((notice) => received.push(`next ${notice.message}`))
  connection.notice({ message: "four" })
  expect(received).toEqual(["one", "two", "next four"])
  next.release()
})

test("onClose of a lease is called once: with the error when the connection is lost, without one on release", async () => {
  const { pool, driver } = poolKit()
  const ends: (PgsdError | undefined)[] = []
  const returned = await pool.acquire()
  returned.onClose((error) => ends.push(error))
  returned.release()
  driver.killAll()
  await turn()
  expect(ends).toEqual([undefined])
  const lost = await pool.acquire()
  lost.onClose((error) => ends.push(error))
  driver.killAll({ sqlState: "57P01" })
  await turn()
  lost.release()
  expect(ends).toHaveLength(2)
  expect(ends[1]).toMatchObject({ code: "PGSD_CONNECTION_LOST", sqlState: "57P01" })
})

test("a listener that releases its lease again releases nothing of another borrower", async () => {
  const { pool } = poolKit({ max: 1 })
  const lease = await pool.acquire()
  lease.onClose(() => lease.release())
  const next = watch(pool.acquire())
  const last = watch(pool.acquire())
  lease.release()
  await turn()
  expect([next.state, last.state]).toEqual(["resolved", "pending"])
  next.value!.release()
  ;(await last.promise).release()
})

test("a listener that throws keeps neither the connection nor the result of use()", async () => {
  const { pool, driver } = poolKit({ max: 1 })
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve))
  const received: string[] = []
  const result = await pool.use((lease) => {
    lease.onNotice(() => {
      throw new Error("of a notice")
    })
    lease.onNotice((notice) => received.push(notice.message))
    lease.onClose(() => {
      throw new Error("of the end")
    })
    lease.onClose(() => received.push("end"))
    driver.connections[0]!.notice({ message: "notice" })
    return 7
  })
  expect([result, received]).toEqual([7, ["notice", "end"]])
  expect(pool.stats()).toMatchObject({ idle: 1, leased: 0 })
  expect((await warned).message).toBe("of a notice")
})

test("onClose of a lease whose connection is already lost is called with the cause, once", async () => {
  const { pool, driver } = poolKit()
  const lease = await pool.acquire()
  driver.killAll({ sqlState: "57P01" })
  const ends: (PgsdError | undefined)[] = []
  lease.onClose((error) => ends.push(error))
  expect(ends).toEqual([])
  await turn()
  lease.release()
  await turn()
  expect(ends).toHaveLength(1)
  expect(ends[0]).toMatchObject({ code: "PGSD_CONNECTION_LOST", sqlState: "57P01" })
})

test("a connection lost while it is leased rejects its queries and frees its slot at once", async () => {
  const { pool, driver } = poolKit({ max: 1 })
  const lease = await pool.acquire()
  const waiting = watch(pool.acquire())
  driver.killAll({ sqlState: "57P01" })
  await turn()
  expect(waiting.state).toBe("resolved")
  await expect(lease.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
  expect(lease.status).toBe("closed")
  lease.release()
  waiting.value!.release()
  expect(pool.stats()).toMatchObject({ total: 1, idle: 1, lost: 1, closedBy: { lost: 1, error: 0 } })
})

test("destroy retires the connection now, close() gracefully, and disposal releases it", async () => {
  const { pool, driver } = poolKit()
  const destroyed = await pool.acquire()
  const running = watch(destroyed.query("SELECT pg_sleep(1)"))
  destroyed.destroy()
  expect(driver.counts.open).toBe(0)
  await turn()
  expect(running.state).toBe("rejected")
  const closed = await pool.acquire()
  await closed.close()
  expect(driver.counts.open).toBe(0)
  const disposed = await pool.acquire()
  await disposed[Symbol.asyncDispose]()
  expect(pool.stats()).toMatchObject({ idle: 1, total: 1, closedBy: { error: 2 } })
})

test("release with an error that ended the session retires the connection; with another one it does not", async () => {
  const { pool, driver } = poolKit()
  driver.answer("bad", { error: { sqlState: "42601" } })
  driver.answer("worse", { error: { sqlState: "57P01", severity: "FATAL" } })
  const lease = await pool.acquire()
  const mild = await lease.query("bad").catch((error: unknown) => error)
  lease.release(mild)
  expect(pool.stats()).toMatchObject({ idle: 1 })
  const again = await pool.acquire()
  const fatal = await again.query("worse").catch((error: unknown) => error)
  again.release(fatal)
  expect(pool.stats()).toMatchObject({ total: 0, closedBy: { error: 1 } })
})

test("a fatal error of a query retires the connection even if it is not passed to release", async () => {
  const { pool, driver } = poolKit()
  driver.answer("fatal", { error: { sqlState: "25P03", severity: "FATAL" } })
  const lease = await pool.acquire()
  await lease.query("fatal").catch(() => {})
  lease.release()
  expect(pool.stats()).toMatchObject({ total: 0, closedBy: { error: 1 } })
})

test("idle connections are unreferenced, leased ones are not, and unrefIdle: false keeps them referenced", async () => {
  const { pool, driver } = poolKit()
  const lease = await pool.acquire()
  const connection = driver.connections[0]!
  expect(connection.hasRef()).toBe(true)
  lease.release()
  expect(connection.hasRef()).toBe(false)
  const again = await pool.acquire()
  expect(connection.hasRef()).toBe(true)
  again.unref?.()
  expect(connection.hasRef()).toBe(false)
  again.release()
  const keeping = poolKit({ unrefIdle: false })
  ;(await keeping.pool.acquire()).release()
  expect(keeping.driver.connections[0]!.hasRef()).toBe(true)
})

test("a query beyond timeoutMs is cancelled, and its connection is used again", async () => {
  const { pool, driver, clock } = poolKit({ max: 1, queryTimeoutMs: 1_000 })
  driver.answer("slow", { delayMs: 60_000 })
  const slow = watch(pool.query("slow"))
  await clock.advance(1_001)
  expect(slow.error).toBeInstanceOf(QueryTimeoutError)
  expect(slow.error).toMatchObject({ code: "PGSD_QUERY_TIMEOUT" })
  expect((slow.error as Error).message).toBe("test: the query took longer than the pool's queryTimeoutMs of 1000 ms and was stopped")
  await clock.advance(1)
  expect(pool.stats()).toMatchObject({ idle: 1, total: 1, created: 1 })
  const lease = await pool.acquire()
  const own = watch(lease.query("slow", undefined, { timeoutMs: 5 }))
  await clock.advance(6)
  expect(own.error).toMatchObject({
    code: "PGSD_QUERY_TIMEOUT",
    message: "test: the query took longer than its timeoutMs of 5 ms and was stopped",
    hint: expect.stringMatching(/^raise timeoutMs,/),
  })
  lease.release()
  await turn()
})

test("an aborted query rejects at once with the signal's reason", async () => {
  const { pool, driver, clock } = poolKit({ max: 1 })
  driver.answer("slow", { delayMs: 60_000 })
  const control = new AbortController()
  const slow = watch(pool.query("slow", [], { signal: control.signal }))
  await clock.advance(100)
  const reason = new Error("no longer needed")
  control.abort(reason)
  await turn()
  expect(slow.error).toBe(reason)
  await turn()
  expect(pool.stats()).toMatchObject({ idle: 1 })
  await expect(pool.query("slow", [], { signal: control.signal })).rejects.toBe(reason)
})

test("a query that does not end after its abort destroys the connection, after cancelTimeoutMs", async () => {
  const { driver, clock } = poolKit()
  const deafOpen = async () => {
    const connection = await driver.connect()
    const query = connection.query.bind(connection)
    connection.query = (sql: string) => (sql === "deaf" ? new Promise(() => {}) : query(sql)) as never
    return connection
  }
  const pool = createConnectionPool({ open: deafOpen, clock, max: 1, cancelTimeoutMs: 500, resetTimeoutMs: 5_000 })
  const control = new AbortController()
  const deaf = watch(pool.query("deaf", [], { signal: control.signal }))
  await turn()
  control.abort()
  await turn()
  expect(deaf.error).toBe(control.signal.reason)
  const waiting = watch(pool.acquire())
  await clock.advance(499)
  expect([waiting.state, pool.stats().resetting]).toEqual(["pending", 1])
  await clock.advance(2)
  expect(waiting.state).toBe("resolved")
  expect(pool.stats()).toMatchObject({ created: 2, closedBy: { error: 1 } })
  waiting.value!.release()
  await pool.close()
})
