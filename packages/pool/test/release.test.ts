import type { PgsdError } from "@pgsd/driver"
import { expect, test } from "vitest"
import { poolKit, turn, watch } from "./support/pool-kit.ts"

const RESET =
  "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; SELECT name FROM pg_catalog.pg_prepared_statements WHERE from_sql"

test("a style of which no value was reported at the start is not restored: a reset would never end", async () => {
  const { pool, driver } = poolKit({ max: 1 }, { serverParameters: { IntervalStyle: undefined as never } })
  const lease = await pool.acquire()
  const report = (styles: Record<string, string>) =>
    Object.defineProperty(driver.connections[0]!, "serverParameters", { value: styles, configurable: true })
  report({ DateStyle: "ISO, MDY", IntervalStyle: "postgres" })
  lease.release()
  await turn()
  expect(driver.queries).toEqual([])
  report({ DateStyle: "German", IntervalStyle: "iso_8601" })
  ;(await pool.acquire()).release()
  await turn()
  expect(driver.queries.map(({ sql }) => sql)).toEqual(["SET DateStyle = 'ISO, MDY'"])
})

test("a clean connection is released without a message to the server", async () => {
  const { pool, driver } = poolKit()
  const lease = await pool.acquire()
  lease.release()
  expect(pool.stats()).toMatchObject({ idle: 1, resetting: 0 })
  expect(driver.queries).toEqual([])
})

test.each(["transaction", "failed"])("a connection in state %s is rolled back before the next caller gets it", async (state) => {
  const { pool, driver } = poolKit({ max: 1 })
  driver.answer("bad", { error: { sqlState: "42601" } })
  const lease = await pool.acquire()
  await lease.query("BEGIN")
  if (state === "failed") await lease.query("bad").catch(() => {})
  expect(lease.status).toBe(state)
  lease.release()
  const waiting = pool.acquire()
  expect(pool.stats()).toMatchObject({ resetting: 1, waiting: 1 })
  const next = await waiting
  expect(next.status).toBe("idle")
  expect(driver.queries.at(-1)!.sql).toBe("ROLLBACK")
  expect(next.info.processId).toBe(lease.info.processId)
  next.release()
})

test("a session reset is one query, preceded by ROLLBACK where necessary", async () => {
  const { pool, driver } = poolKit({ reset: "session" })
  const clean = await pool.acquire()
  clean.release()
  const next = await pool.acquire()
  await next.query("BEGIN")
  next.release()
  await turn()
  expect(driver.queries.map((each) => each.sql)).toEqual([RESET, "BEGIN", `ROLLBACK; ${RESET}`])
  expect(pool.stats()).toMatchObject({ idle: 1 })
})

test("with reset none nothing is sent, and an open transaction closes the connection", async () => {
  const errors: PgsdError[] = []
  const { pool, driver } = poolKit({ reset: "none", onError: (error) => errors.push(error) })
  ;(await pool.acquire()).release()
  expect(pool.stats()).toMatchObject({ idle: 1 })
  const lease = await pool.acquire()
  await lease.query("BEGIN")
  lease.release()
  await turn()
  expect(driver.queries.map((each) => each.sql)).toEqual(["BEGIN"])
  expect(pool.stats()).toMatchObject({ total: 0, closedBy: { error: 1 } })
  expect(errors.map((each) => each.message)).toEqual([
    "test: a returned connection could not be reset: it came back inside a transaction, and reset is none",
  ])
})

test("a custom reset runs after the rollback; if it leaves anything open, the connection is destroyed", async () => {
  const { pool, driver } = poolKit({ reset: async (connection) => void (await connection.query("mine")) })
  const lease = await pool.acquire()
  await lease.query("BEGIN")
  lease.release()
  await turn()
  expect(driver.queries.map((each) => each.sql)).toEqual(["BEGIN", "ROLLBACK", "mine"])
  expect(pool.stats()).toMatchObject({ idle: 1 })
  const bad = poolKit({ reset: async (connection) => void (await connection.query("BEGIN")) })
  ;(await bad.pool.acquire()).release()
  await turn()
  expect(bad.pool.stats()).toMatchObject({ total: 0, closedBy: { error: 1 } })
})

test("a reset that hangs destroys the connection after resetTimeoutMs, and the caller gets another one", async () => {
  const errors: PgsdError[] = []
  const { pool, driver, clock } = poolKit({ max: 1, resetTimeoutMs: 300, onError: (error) => errors.push(error) })
  driver.answer("ROLLBACK", { delayMs: Number.POSITIVE_INFINITY })
  const lease = await pool.acquire()
  await lease.query("BEGIN")
  lease.release()
  const waiting = watch(pool.acquire())
  await clock.advance(301)
  expect(waiting.value?.info.processId).toBe(2)
  expect(errors.map((each) => [each.code, each.message])).toEqual([
    ["PGSD_RESET_FAILED", "test: a returned connection was not clean within resetTimeoutMs (300 ms)"],
  ])
  waiting.value!.release()
})

test("a query still running at release may finish, then its transaction is rolled back", async () => {
  const { pool, driver, clock } = poolKit({ max: 1 })
  driver.answer("BEGIN", { delayMs: 50, command: "BEGIN" })
  const lease = await pool.acquire()
  const begun = watch(lease.query("BEGIN"))
  lease.release()
  const waiting = watch(pool.acquire())
  await turn()
  expect([pool.stats().resetting, waiting.state]).toEqual([1, "pending"])
  await clock.advance(50)
  expect(begun.state).toBe("resolved")
  expect(waiting.value?.status).toBe("idle")
  expect(driver.queries.map((each) => each.sql)).toEqual(["BEGIN", "ROLLBACK"])
  waiting.value!.release()
})

test("a query still running at release that does not end destroys the connection", async () => {
  const { pool, driver, clock } = poolKit({ max: 1, resetTimeoutMs: 300 })
  driver.answer("slow", { delayMs: 60_000 })
  const lease = await pool.acquire()
  const slow = watch(lease.query("slow"))
  lease.release()
  const waiting = watch(pool.acquire())
  await clock.advance(301)
  expect([slow.state, waiting.state]).toEqual(["rejected", "resolved"])
  expect(waiting.value!.info.processId).toBe(2)
  waiting.value!.release()
})

test("onRelease is called when the connection is clean, before it is lent again", async () => {
  const seen: string[] = []
  const { pool } = poolKit({ max: 1, onRelease: (connection) => seen.push(`released ${connection.status}`) })
  const lease = await pool.acquire()
  const next = pool.acquire().then((each) => {
    seen.push("next")
    return each
  })
  await lease.query("BEGIN")
  lease.release()
  ;(await next).release()
  expect(seen).toEqual(["released idle", "next", "released idle"])
})

test("a hook that throws destroys the connection and affects nothing else", async () => {
  const errors: PgsdError[] = []
  const { pool } = poolKit({
    onRelease: () => {
      throw new Error("hook")
    },
    onError: (error) => {
      errors.push(error)
      throw new Error("and this one too")
    },
  })
  ;(await pool.acquire()).release()
  await turn()
  expect(pool.stats()).toMatchObject({ total: 0, closedBy: { error: 1 } })
  expect(errors[0]).toMatchObject({ code: "PGSD_RESET_FAILED" })
})

test("25006 evicts all present connections, once, unless the server reports that it can write", async () => {
  const standby = { serverParameters: { in_hot_standby: "on" } }
  const { pool, driver } = poolKit({ max: 3 }, standby)
  driver.answer("write", { error: { sqlState: "25006" } })
  const [a, b, c] = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
  c!.release()
  await a!.query("write").catch(() => {})
  expect(pool.stats()).toMatchObject({ closedBy: { evict: 1 } })
  await b!.query("write").catch(() => {})
  a!.release()
  b!.release()
  await turn()
  expect(pool.stats()).toMatchObject({ total: 0, closedBy: { evict: 3 } })
  const primary = poolKit()
  primary.driver.answer("write", { error: { sqlState: "25006" } })
  await primary.pool.query("write").catch(() => {})
  await turn()
  expect(primary.pool.stats()).toMatchObject({ idle: 1, closedBy: { evict: 0 } })
})

test("where new connections are read-only as well, 25006 evicts with pauses that double from a second to a minute", async () => {
  const { pool, driver, clock } = poolKit({}, { serverParameters: { default_transaction_read_only: "on" } })
  driver.answer("write", { error: { sqlState: "25006" } })
  const since = clock.now()
  const evictedAt: number[] = []
  const writeFor = async (ms: number) => {
    for (const end = clock.now() + ms; clock.now() < end; await clock.advance(500)) {
      const { evict } = pool.stats().closedBy
      await pool.query("write").catch(() => {})
      await turn()
      if (pool.stats().closedBy.evict > evict) evictedAt.push(clock.now() - since)
    }
  }
  await writeFor(200_000)
  expect(evictedAt).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000, 183_000])
  await clock.advance(120_000)
  evictedAt.length = 0
  const quietSince = clock.now() - since
  await writeFor(4_000)
  expect(evictedAt.map((at) => at - quietSince)).toEqual([0, 1_000, 3_000])
})

test("25006 in a transaction begun read-only by the pool evicts nothing", async () => {
  const { pool, driver } = poolKit({}, { serverParameters: { in_hot_standby: "on" } })
  driver.answer("write", { error: { sqlState: "25006" } })
  await pool.transaction((lease) => lease.query("write"), { readOnly: true }).catch(() => {})
  await turn()
  expect(pool.stats()).toMatchObject({ idle: 1, closedBy: { evict: 0 } })
})
