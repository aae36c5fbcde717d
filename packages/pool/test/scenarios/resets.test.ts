import type { Connection } from "@pgsd/driver"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS, proxyFor, scene, timed } from "../support/scene.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer({ users: [{ name: "other", password: "x" }] })
})
afterAll(() => server?.close())

/** Everything that a session can pass on to its next holder. */
async function portrait(connection: Connection): Promise<unknown> {
  const { rows } = await connection.query(`
    SELECT current_user::text AS role, current_setting('search_path') AS search_path, current_setting('work_mem') AS work_mem,
      current_setting('statement_timeout') AS statement_timeout, current_setting('application_name') <> 'mine' AS own_name,
      (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS advisory,
      (SELECT count(*)::int FROM pg_listening_channels()) AS channels,
      (SELECT count(*)::int FROM pg_cursors WHERE is_holdable) AS cursors,
      to_regclass('pg_temp.mess') IS NULL AS no_temporary_table`)
  return rows[0]
}

describe.each(DRIVERS)("session state, over %s", (_name, driver) => {
  test("31: after a session reset a connection is like a new one, and prepared statements still work", async () => {
    const { pool } = scene(driver, server, { max: 1, reset: "session" })
    const lease = await pool.acquire()
    const fresh = await portrait(lease)
    const prepared = () => lease.query("SELECT $1::int AS n", [7], { prepare: true })
    expect((await prepared()).rows).toEqual([{ n: 7 }])
    await lease.query("SET search_path = nowhere; SET work_mem = '1MB'; SET statement_timeout = '5s'; SET application_name = 'mine'")
    await lease.query("LISTEN noise; CREATE TEMPORARY TABLE mess (n int); SELECT pg_advisory_lock(42)")
    await lease.query("BEGIN; DECLARE held CURSOR WITH HOLD FOR SELECT 1; COMMIT; SET ROLE other")
    expect(await portrait(lease)).not.toEqual(fresh)
    lease.release()
    const next = await pool.acquire()
    expect(next.info.processId).toBe(lease.info.processId)
    expect(await portrait(next)).toEqual(fresh)
    expect((await next.query("SELECT $1::int AS n", [8], { prepare: true })).rows).toEqual([{ n: 8 }])
    await next.query("BEGIN")
    expect((await next.query("SELECT $1::int AS n", [9], { prepare: true })).rows).toEqual([{ n: 9 }])
    // Left open on purpose: rollback and reset are one query.
    next.release()
    const last = await pool.acquire()
    expect(await portrait(last)).toEqual(fresh)
    last.release()
  })

  test("a session reset keeps prepared statements: a text is prepared once, and not again for every borrower", async () => {
    const { pool } = scene(driver, server, { max: 1, reset: "session" })
    const named = async () =>
      (await pool.query("SELECT min(prepare_time) AS first, count(*)::int AS n FROM pg_prepared_statements")).rows[0]
    await pool.query("SELECT $1::int", [0], { prepare: true })
    await pool.query("SELECT 1 AS n", [], { prepare: "mine" })
    const before = await named()
    expect(before?.n).toBe(2)
    for (let n = 1; n <= 20; n++) await pool.query("SELECT $1::int", [n], { prepare: true })
    await pool.query("SELECT 1 AS n", [], { prepare: "mine" })
    expect(await named()).toEqual(before)
  })

  test("what PREPARE has made ends with its holder, and onConnect may prepare again", async () => {
    const { pool, errors } = scene(driver, server, {
      max: 1,
      reset: "session",
      settings: { work_mem: "1MB" },
      onConnect: async (connection) => void (await connection.query("PREPARE ours AS SELECT 'ours'")),
    })
    const pids = new Set<number>()
    for (let n = 0; n < 4; n++)
      await pool.use(async (lease) => {
        pids.add(lease.info.processId)
        expect((await lease.query("SHOW work_mem")).rows).toEqual([{ work_mem: "1MB" }])
        await lease.query("SELECT $1::int", [n], { prepare: true })
        await lease.query(`PREPARE "the holder's" AS SELECT 1; PREPARE "q""uoted" AS SELECT 2`)
        expect((await lease.query("EXECUTE ours", undefined, { rowMode: "array" })).rows).toEqual([["ours"]])
        const { rows } = await lease.query("SELECT count(*)::int AS n FROM pg_prepared_statements WHERE NOT from_sql")
        expect(rows).toEqual([{ n: 1 }])
      })
    expect(pids.size).toBe(1)
    expect(errors).toEqual([])
  })

  test("32: a reset that hangs destroys the connection after resetTimeoutMs, and a new one serves", async () => {
    const proxy = await proxyFor(server)
    const { pool } = scene(driver, server, { proxy, max: 1, resetTimeoutMs: 300 })
    const lease = await pool.acquire()
    await lease.query("BEGIN")
    proxy.blackholeOpen()
    lease.release()
    const { value, error, ms } = await timed(pool.acquire())
    expect(error).toBeUndefined()
    expect(value!.info.processId).not.toBe(lease.info.processId)
    expect(ms).toBeLessThan(2_500)
    value!.release()
  })

  test("33: an onConnect that throws, hangs or leaves a transaction open is a failed attempt, without a retry loop", async () => {
    const throwing = scene(driver, server, {
      onConnect: (connection) => connection.query("SET nonsense_setting = 1").then(() => {}),
      acquireTimeoutMs: 1_000,
    })
    await expect(throwing.pool.acquire()).rejects.toMatchObject({ code: "PGSD_ON_CONNECT_FAILED", sqlState: "42704" })
    expect(throwing.pool.stats().connectErrors).toBeLessThanOrEqual(2)
    const hanging = scene(driver, server, {
      onConnect: () => new Promise(() => {}),
      connectTimeoutMs: 300,
      acquireTimeoutMs: 1_000,
      max: 1,
    })
    const { error } = await timed(hanging.pool.acquire())
    expect(error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", cause: { code: "PGSD_CONNECT_TIMEOUT" } })
    expect(hanging.pool.stats().connectErrors).toBeLessThanOrEqual(4)
    const dirty = scene(driver, server, { onConnect: (connection) => connection.query("BEGIN").then(() => {}) })
    await expect(dirty.pool.acquire()).rejects.toMatchObject({ code: "PGSD_ON_CONNECT_FAILED" })
  })
})
