import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS, eventually, pause, proxyFor, scene, timed } from "../support/scene.ts"

// 300 rounds of abort and next query with PGSD_TEST_FULL.
const ROUNDS = process.env.PGSD_TEST_FULL === undefined ? 60 : 300

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
  await server.sql("CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0), (2, 0)")
})
afterAll(() => server?.close())

describe.each(DRIVERS)("leases, over %s", (_name, driver) => {
  test("23: an acquire aborted at any moment loses no connection", async () => {
    const { pool, backends } = scene(driver, server, { max: 1 })
    const aborted = AbortSignal.abort(new Error("before"))
    await expect(pool.acquire({ signal: aborted })).rejects.toThrow("before")
    const held = await pool.acquire()
    const queued = new AbortController()
    const waiting = timed(pool.acquire({ signal: queued.signal }))
    const next = pool.acquire()
    queued.abort(new Error("queued"))
    expect((await waiting).error).toMatchObject({ message: "queued" })
    const late = new AbortController()
    const inTick = timed(pool.acquire({ signal: late.signal }))
    held.release()
    ;(await next).release()
    late.abort(new Error("in the tick"))
    const { value } = await inTick
    expect(value).toBeDefined()
    await value!.query("SELECT 1")
    value!.release()
    expect(pool.stats()).toMatchObject({ idle: 1, total: 1, waiting: 0 })
    expect(await backends()).toBe(1)
  })

  test(`24: an aborted query is stopped on the server, and no cancel request hits the next query (${ROUNDS} rounds)`, async () => {
    const { pool, backends } = scene(driver, server, { max: 1 })
    await pool.query("SELECT 1")
    const control = new AbortController()
    const reason = new Error("enough")
    const sleeping = timed(pool.query("SELECT pg_sleep(30)", [], { signal: control.signal }))
    await eventually(
      () => server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND state = 'active' AND pid <> pg_backend_pid()"),
      (rows) => rows.length > 0,
      "it runs",
    )
    control.abort(reason)
    const { error } = await sleeping
    expect(error).toBe(reason)
    await eventually(
      () => server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND state = 'active' AND pid <> pg_backend_pid()"),
      (rows) => rows.length === 0,
      "the server has stopped it",
      2_000,
    )
    for (let round = 0; round < ROUNDS; round++) {
      const abort = new AbortController()
      const running = pool.query("SELECT pg_sleep(5)", [], { signal: abort.signal }).catch(() => {})
      if (round % 3 !== 0) await pause(round % 7)
      abort.abort()
      await running
      expect((await pool.query("SELECT $1::int AS n", [round])).rows).toEqual([{ n: round }])
    }
    expect(await backends()).toBe(1)
  })

  test("25: when the cancel request cannot be delivered, the caller is rejected and the connection destroyed in time", async () => {
    const proxy = await proxyFor(server)
    const { pool } = scene(driver, server, { proxy, max: 1, cancelTimeoutMs: 300, resetTimeoutMs: 1_000 })
    await pool.query("SELECT 1")
    const control = new AbortController()
    const sleeping = timed(pool.query("SELECT pg_sleep(20)", [], { signal: control.signal }))
    await eventually(
      () => server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND state = 'active' AND pid <> pg_backend_pid()"),
      (rows) => rows.length > 0,
      "it runs",
    )
    proxy.blackholeNew()
    const aborted = performance.now()
    control.abort(new Error("enough"))
    expect((await sleeping).error).toMatchObject({ message: "enough" })
    expect(performance.now() - aborted).toBeLessThan(1_500)
    await eventually(
      () => pool.stats(),
      ({ total, resetting }) => total - resetting === total && resetting === 0,
      "it is destroyed",
      3_000,
    )
    await proxy.pass()
    await pool.query("SELECT 1")
    expect(pool.stats().closedBy.error + pool.stats().lost).toBeGreaterThanOrEqual(1)
    await server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND pid <> pg_backend_pid()")
  })

  test("26: a second release affects no other borrower", async () => {
    const { pool } = scene(driver, server, { max: 1 })
    const lease = await pool.acquire()
    lease.release(new Error("not fatal"))
    lease.release()
    const held = await pool.acquire()
    lease.release()
    const waiting = timed(pool.acquire({ acquireTimeoutMs: 150 }))
    expect((await waiting).error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", reason: "exhausted" })
    held.release()
  })

  test("27: a released lease does not reach the next holder's transaction", async () => {
    const { pool } = scene(driver, server, { max: 1 })
    const old = await pool.acquire()
    old.release()
    const stranger = await pool.acquire()
    await stranger.query("BEGIN")
    await stranger.query("UPDATE t SET n = 1 WHERE id = 1")
    await expect(old.query("ROLLBACK")).rejects.toMatchObject({ code: "PGSD_LEASE_RELEASED" })
    expect(() => old.native).toThrow(expect.objectContaining({ code: "PGSD_LEASE_RELEASED" }))
    await stranger.query("COMMIT")
    stranger.release()
    expect((await pool.query("SELECT n FROM t WHERE id = 1")).rows).toEqual([{ n: 1 }])
    await pool.query("UPDATE t SET n = 0 WHERE id = 1")
  })

  test("28: a connection released with a query or BEGIN in flight is clean for the next holder", async () => {
    const { pool } = scene(driver, server, { max: 1 })
    const lease = await pool.acquire()
    const begun = lease.query("BEGIN")
    lease.release()
    await begun
    const next = await pool.acquire()
    expect((await next.query("SELECT pg_current_xact_id_if_assigned() AS xid, now() = statement_timestamp() AS fresh")).rows).toEqual([
      { xid: null, fresh: true },
    ])
    next.query("SELECT pg_sleep(20)").catch(() => {})
    next.release()
    const { error, ms } = await timed(pool.query("SELECT 1"))
    expect(error).toBeUndefined()
    expect(ms).toBeLessThan(3_000)
    await server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND pid <> pg_backend_pid()")
  })

  test("29: an open or failed transaction is rolled back at release, and its locks are free", async () => {
    const { pool } = scene(driver, server, { max: 1 })
    const lease = await pool.acquire()
    await lease.query("BEGIN")
    await lease.query("SELECT * FROM t WHERE id = 1 FOR UPDATE")
    lease.release()
    const locked = await timed(
      server
        .sql("SELECT * FROM t WHERE id = 1 FOR UPDATE NOWAIT")
        .catch(() => server.sql("SET lock_timeout = '2s'; SELECT * FROM t WHERE id = 1 FOR UPDATE")),
    )
    expect(locked.error).toBeUndefined()
    const failed = await pool.acquire()
    await failed.query("BEGIN")
    await failed.query("SELECT 1/0").catch(() => {})
    expect(failed.status).toBe("failed")
    failed.release()
    expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }])
    expect(pool.stats()).toMatchObject({ created: 1 })
  })

  test("30: transaction() keeps the callback's error, and reports a COMMIT answered with ROLLBACK and one with an unknown outcome", async () => {
    const { pool } = scene(driver, server, { max: 1 })
    const own = new Error("own")
    await expect(
      pool.transaction(async (lease) => {
        await lease.query("UPDATE t SET n = 9 WHERE id = 2")
        throw own
      }),
    ).rejects.toBe(own)
    await expect(pool.transaction((lease) => lease.query("SELECT 1/0").catch(() => {}))).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK" })
    await server.sql(
      "CREATE TABLE IF NOT EXISTS slow_commit (n int); CREATE OR REPLACE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN NULL; END'; DROP TRIGGER IF EXISTS dawdle ON slow_commit; CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON slow_commit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle()",
    )
    const committing = timed(pool.transaction((lease) => lease.query("INSERT INTO slow_commit VALUES (1)")))
    await eventually(
      () => server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'"),
      (rows) => rows.length > 0,
      "COMMIT is in flight",
    )
    expect((await committing).error).toMatchObject({ code: "PGSD_COMMIT_UNKNOWN", cause: { code: "PGSD_CONNECTION_LOST" } })
    expect((await pool.query("SELECT n FROM t WHERE id = 2")).rows).toEqual([{ n: 0 }])
  })
})
