import type { PgsdError } from "@pgsd/driver"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS, eventually, load, pause, proxyFor, scene, timed } from "../support/scene.ts"

// Full lengths with PGSD_TEST_FULL: 3 s and 60 s of outage, 5 s of SIGSTOP.
const FULL = process.env.PGSD_TEST_FULL !== undefined
const RESTART_MS = FULL ? 3_000 : 800
const OUTAGE_MS = FULL ? 60_000 : 2_500
const STOPPED_MS = FULL ? 5_000 : 1_500

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

describe.each(DRIVERS)("an unavailable server, over %s", (_name, driver) => {
  test.each([
    ["5", "fast"],
    ["6", "immediate"],
  ] as const)("%s: a server that is stopped (%s) and started again under load fails only what was in flight", async (_number, mode) => {
    const { pool } = scene(driver, server, { max: 5, acquireTimeoutMs: 20_000 })
    const workers = load(pool, 20)
    await eventually(
      () => workers.succeeded,
      (n) => n > 100,
      "the load runs",
    )
    await server.stop({ mode })
    const down = performance.now()
    const { connectErrors } = pool.stats()
    await pause(RESTART_MS)
    const attempts = pool.stats().connectErrors - connectErrors
    expect(attempts).toBeLessThanOrEqual(12 * ((performance.now() - down) / 1_000) + 5)
    await server.start()
    const reached = workers.succeeded
    const { ms } = await timed(
      eventually(
        () => workers.succeeded,
        (n) => n > reached,
        "first success",
        5_000,
      ),
    )
    // The longest pause is 1.6 s; the rest allows for a busy machine.
    expect(ms).toBeLessThan(2_500)
    await eventually(
      () => workers.succeeded,
      (n) => n > reached + 100,
      "the load runs again",
      5_000,
    )
    await workers.stop()
    expect(workers.failures.length).toBeLessThanOrEqual(5)
    for (const error of workers.failures) expect((error as PgsdError).code).toBe("PGSD_CONNECTION_LOST")
  })

  test("7: while the server is down every caller gets the cause within its timeout, attempts keep their rate, and the pool recovers", async () => {
    const proxy = await proxyFor(server)
    const { pool } = scene(driver, server, { proxy, acquireTimeoutMs: 500 })
    await pool.query("SELECT 1")
    await proxy.refuse()
    proxy.cut()
    await eventually(
      () => pool.stats().total,
      (n) => n === 0,
      "the loss is known",
    )
    const started = performance.now()
    const before = pool.stats().connectErrors
    while (performance.now() - started < OUTAGE_MS) {
      const { error, ms } = await timed(pool.query("SELECT 1"))
      expect(error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", reason: "unreachable", cause: { code: "PGSD_CONNECTION_REFUSED" } })
      expect(ms).toBeLessThan(1_500)
    }
    const seconds = (performance.now() - started) / 1_000
    expect(pool.stats().connectErrors - before).toBeLessThanOrEqual(5 + 2.1 * seconds)
    await proxy.listen()
    const { ms } = await timed(pool.query("SELECT 1", [], { acquireTimeoutMs: 5_000 }))
    expect(ms).toBeLessThan(2_500)
  })

  test("8: the check detects a server that stops answering (SIGSTOP), and the pool serves again after SIGCONT", async () => {
    const { pool, backends } = scene(driver, server, {
      validateAfterMs: 20,
      validateTimeoutMs: 300,
      connectTimeoutMs: 400,
      acquireTimeoutMs: 1_000,
    })
    await pool.query("SELECT 1")
    await pause(50)
    await server.pause()
    try {
      const { error, ms } = await timed(pool.query("SELECT 1"))
      expect(error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT" })
      expect(ms).toBeLessThan(2_500)
      await pause(Math.max(0, STOPPED_MS - ms))
    } finally {
      await server.resume()
    }
    await eventually(
      () => timed(pool.query("SELECT 1")),
      ({ error }) => error === undefined,
      "the pool is healthy again",
      10_000,
    )
    expect(pool.stats().total).toBeLessThanOrEqual(2)
    await eventually(backends, (n) => n === pool.stats().total, "the server counts what the pool counts")
  })
})
