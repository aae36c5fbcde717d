import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS, eventually, load, pause, proxyFor, scene, timed } from "../support/scene.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

describe.each(DRIVERS)("lost connections, over %s", (_name, driver) => {
  test("1: a terminated idle connection leaves the pool without traffic, and the next query works", async () => {
    const { pool, terminate, errors } = scene(driver, server)
    await pool.query("SELECT 1")
    await terminate()
    await eventually(
      () => pool.stats().total,
      (n) => n === 0,
      "the dead connection is gone",
      1_000,
    )
    expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }])
    expect(errors).toMatchObject([{ code: "PGSD_CONNECTION_LOST", sqlState: "57P01" }])
  })

  test("2: a lease terminated between queries rejects the next query with the cause, and its slot is filled again", async () => {
    const { pool, terminate } = scene(driver, server)
    const lease = await pool.acquire()
    await lease.query("SELECT 1")
    await terminate()
    await eventually(
      () => lease.status,
      (status) => status === "closed",
      "the loss is known",
      1_000,
    )
    const error = await lease.query("SELECT 1").catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    expect([error, (error as Error).cause]).toContainEqual(expect.objectContaining({ sqlState: "57P01" }))
    lease.release()
    await Promise.all([pool.query("SELECT 1"), pool.query("SELECT 1")])
    expect(pool.stats().total).toBeLessThanOrEqual(2)
  })

  test("3: a query in flight rejects once when its backend is terminated, and others are unaffected", async () => {
    const { pool, terminate } = scene(driver, server)
    const sleeping = timed(pool.query("SELECT pg_sleep(30)"))
    const other = pool.query("SELECT pg_sleep(0.5), 7 AS n")
    await eventually(
      () => pool.stats().leased,
      (n) => n === 2,
      "both run",
    )
    await eventually(
      () => terminate("query LIKE '%pg_sleep(30)%'"),
      (n) => n > 0,
      "the query has reached the server",
    )
    const { error, ms } = await sleeping
    expect(error).toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    expect(ms).toBeLessThan(3_000)
    expect((await other).rows).toMatchObject([{ n: 7 }])
  })

  test("4: terminating all backends under load fails only calls in flight, and the pool recovers", async () => {
    const { pool, terminate } = scene(driver, server, { max: 5 })
    const workers = load(pool, 50)
    await eventually(
      () => workers.succeeded,
      (n) => n > 200,
      "the load runs",
    )
    await terminate()
    const reached = workers.succeeded
    await eventually(
      () => workers.succeeded,
      (n) => n > reached + 200,
      "the load runs again",
      3_000,
    )
    await workers.stop()
    expect(workers.failures.length).toBeLessThanOrEqual(5)
    for (const error of workers.failures) expect(error).toMatchObject({ code: "PGSD_CONNECTION_LOST" })
  })

  test("9: half-open sockets are detected at borrow, and a new connection serves", async () => {
    const proxy = await proxyFor(server)
    const { pool } = scene(driver, server, { proxy, validateAfterMs: 50, validateTimeoutMs: 300 })
    const leases = await Promise.all([pool.acquire(), pool.acquire()])
    for (const each of leases) each.release()
    await pause(100)
    proxy.blackholeOpen()
    const { value, ms } = await timed(pool.query("SELECT 1 AS one"))
    expect(value?.rows).toEqual([{ one: 1 }])
    expect(ms).toBeGreaterThan(250)
    expect(ms).toBeLessThan(2_300)
    expect(proxy.accepted).toBeGreaterThanOrEqual(3)
  })

  test("a proxy that repeatedly cuts everything costs only the calls in flight", async () => {
    const proxy = await proxyFor(server)
    const { pool } = scene(driver, server, { proxy, max: 4 })
    const workers = load(pool, 20)
    for (let round = 0; round < 5; round++) {
      const reached = workers.succeeded
      await eventually(
        () => workers.succeeded,
        (n) => n > reached + 50,
        "the load runs",
        4_000,
      )
      if (round % 2 === 0) proxy.cut()
      else proxy.reset()
    }
    const reached = workers.succeeded
    await eventually(
      () => workers.succeeded,
      (n) => n > reached + 50,
      "the load runs again",
      4_000,
    )
    await workers.stop()
    expect(workers.failures.length).toBeLessThanOrEqual(5 * 4)
  })
})
