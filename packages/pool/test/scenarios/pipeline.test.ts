import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS, eventually, proxyFor, scene, timed } from "../support/scene.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

describe.each(DRIVERS)("pipelineDepth, over %s", (_name, driver) => {
  test("queries that share a connection share round trips, and each gets its own result", async () => {
    const proxy = await proxyFor(server)
    const { pool } = scene(driver, server, { proxy, max: 1, pipelineDepth: 20 })
    await pool.query("SELECT 1")
    proxy.latency(40)
    const { ms, value } = await timed(Promise.all(Array.from({ length: 20 }, (_, n) => pool.query("SELECT $1::int AS n", [n]))))
    expect(value!.map(({ rows }) => rows[0]?.n)).toEqual(Array.from({ length: 20 }, (_, n) => n))
    // Sequentially they would take 20 × 40 ms.
    expect(ms).toBeLessThan(500)
  })

  test("an error affects its own query alone; a loss affects only those that share the connection", async () => {
    const { pool, terminate } = scene(driver, server, { max: 1, pipelineDepth: 10 })
    const results = await Promise.all(Array.from({ length: 10 }, (_, n) => timed(pool.query("SELECT 10 / $1::int AS n", [n % 5]))))
    expect(results.map(({ error }) => error === undefined)).toEqual(Array.from({ length: 10 }, (_, n) => n % 5 !== 0))
    const sharing = Array.from({ length: 3 }, () => timed(pool.query("SELECT pg_sleep(20)")))
    await eventually(
      () => terminate("query LIKE '%pg_sleep(20)%' AND state = 'active'"),
      (n) => n > 0,
      "the first runs",
    )
    for (const { error } of await Promise.all(sharing)) expect(error).toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }])
  })

  test("no caller gets a success that another caller's transaction rolls back", async () => {
    const { pool } = scene(driver, server, { max: 1, pipelineDepth: 10 })
    await pool.query("CREATE TEMP TABLE written (n int)")
    for (const [n, sql] of ["BEGIN", "/* who */ start transaction", "BEGIN; SELECT 1"].entries()) {
      await Promise.allSettled([pool.query(sql), pool.query("INSERT INTO written VALUES ($1)", [n])])
      expect((await pool.query("SELECT n FROM written WHERE n = $1", [n])).rows).toEqual([{ n }])
    }
  })

  test("a query with a signal is cancelled without affecting others", async () => {
    const { pool } = scene(driver, server, { max: 2, pipelineDepth: 10 })
    const control = new AbortController()
    const reason = new Error("enough")
    const others = Array.from({ length: 10 }, (_, n) => pool.query("SELECT $1::int AS n, pg_sleep(0.02)", [n]))
    const aborted = timed(pool.query("SELECT pg_sleep(20)", [], { signal: control.signal }))
    await eventually(
      () => server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND state = 'active' AND pid <> pg_backend_pid()"),
      (rows) => rows.length > 0,
      "it runs",
    )
    control.abort(reason)
    expect((await aborted).error).toBe(reason)
    expect((await Promise.all(others)).map(({ rows }) => rows[0]?.n)).toEqual(Array.from({ length: 10 }, (_, n) => n))
  })
})
