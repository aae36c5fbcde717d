import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import type { PoolLeakEvent } from "../../src/index.ts"
import { DRIVERS, eventually, load, pause, proxyFor, scene } from "../support/scene.ts"

const FULL = process.env.PGSD_TEST_FULL !== undefined

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

describe.each(DRIVERS)("maintenance, over %s", (_name, driver) => {
  test("40: min is filled again after all were killed, without traffic, and a server that is down gets few attempts", async () => {
    const proxy = await proxyFor(server)
    const { pool, terminate, backends } = scene(driver, server, { proxy, min: 3, max: 5 })
    await eventually(
      () => pool.stats().idle,
      (n) => n === 3,
      "min is filled",
    )
    await terminate()
    await eventually(
      () => pool.stats(),
      ({ idle, lost }) => lost >= 3 && idle === 3,
      "min is filled again",
      4_000,
    )
    await eventually(backends, (n) => n === 3, "the server counts what the pool counts")
    await proxy.refuse()
    proxy.cut()
    await eventually(
      () => pool.stats().total,
      (n) => n === 0,
      "all are lost",
    )
    const before = pool.stats().connectErrors
    await pause(1_500)
    expect(pool.stats().connectErrors - before).toBeLessThanOrEqual(8)
    await proxy.listen()
    await eventually(
      () => pool.stats().idle,
      (n) => n === 3,
      "min is filled when the server is back",
      4_000,
    )
  })

  test("41: connections are retired at their age under load, not all at once, and no call fails", async () => {
    const { pool } = scene(driver, server, { max: 10, maxLifetimeMs: FULL ? 1_000 : 600, maxLifetimeJitter: 0.5 })
    const workers = load(pool, 20, "SELECT pg_sleep(0.001)")
    let atOnce = 0
    let before = 0
    const end = performance.now() + (FULL ? 10_000 : 2_500)
    while (performance.now() < end) {
      await pause(20)
      const { lifetime } = pool.stats().closedBy
      atOnce = Math.max(atOnce, lifetime - before)
      before = lifetime
    }
    await workers.stop()
    expect(workers.failures).toEqual([])
    expect(before).toBeGreaterThanOrEqual(10)
    expect(atOnce).toBeLessThan(10)
  })

  test("42: idle connections are closed from the cold end down to min, the newest is kept", async () => {
    const { pool, backends } = scene(driver, server, { min: 1, max: 4, idleTimeoutMs: 400 })
    const leases = await Promise.all(Array.from({ length: 4 }, () => pool.acquire()))
    for (const each of leases) each.release()
    const newest = leases.at(-1)!.info.processId
    await eventually(
      () => pool.stats().total,
      (n) => n === 1,
      "the pool has shrunk",
      3_000,
    )
    const kept = await pool.acquire()
    expect(kept.info.processId).toBe(newest)
    kept.release()
    await eventually(backends, (n) => n === 1, "the server counts what the pool counts")
  })

  test("43: evict, resize and suspend under load lose no caller", async () => {
    const { pool, backends } = scene(driver, server, { max: 10 })
    const workers = load(pool, 30, "SELECT pg_sleep(0.001)")
    await eventually(
      () => workers.succeeded,
      (n) => n > 50,
      "the load runs",
    )
    const old = new Set((await server.sql("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'scene-%'")).map((row) => row.pid))
    const held = await pool.acquire()
    pool.evict()
    await held.query("SELECT 1")
    held.release()
    await eventually(
      async () =>
        (await server.sql("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'scene-%'")).some((row) => old.has(row.pid)),
      (some) => !some,
      "all are replaced",
    )
    pool.resize({ max: 2 })
    await eventually(backends, (n) => n <= 2, "the pool has shrunk")
    pool.suspend()
    const stopped = workers.succeeded
    await eventually(
      () => pool.stats().leased,
      (n) => n === 0,
      "nothing is lent",
    )
    await pause(50)
    expect(workers.succeeded - stopped).toBeLessThanOrEqual(4)
    pool.resume()
    pool.resize({ max: 10 })
    await eventually(
      () => pool.stats().total,
      (n) => n > 2,
      "the pool has grown",
    )
    await workers.stop()
    expect(workers.failures).toEqual([])
  })

  test("46: a leaked lease is reported once, with the caller's file and line; a released one is not", async () => {
    const leaks: PoolLeakEvent[] = []
    const hear = (event: unknown) => void leaks.push(event as PoolLeakEvent)
    subscribe("pgsd:pool:leak", hear)
    onTestFinished(() => void unsubscribe("pgsd:pool:leak", hear))
    const { pool } = scene(driver, server, { leakThresholdMs: 200 })
    const forgotten = await pool.acquire()
    await pool.query("SELECT 1")
    await eventually(
      () => leaks.length,
      (n) => n === 1,
      "the leak is reported",
    )
    await pause(300)
    expect(leaks).toHaveLength(1)
    expect(leaks[0]).toMatchObject({ processId: forgotten.info.processId })
    expect(leaks[0]!.stack).toMatch(/upkeep\.test\.ts:\d+/)
    forgotten.release()
  })
})
