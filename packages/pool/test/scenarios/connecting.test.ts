import { lookup } from "node:dns"
import type { LookupFunction } from "node:net"
import { inspect } from "node:util"
import type { Driver, PgsdError } from "@pgsd/driver"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { createConnectionPool } from "../../src/index.ts"
import { DRIVERS, eventually, pause, proxyFor, scene, timed } from "../support/scene.ts"

const FULL = process.env.PGSD_TEST_FULL !== undefined
const STORM_MS = FULL ? 10_000 : 2_000

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer({
    users: [
      { name: "limited", password: "right" },
      { name: "rotating", password: "old" },
      { name: "stranger", password: "right" },
    ],
    settings: { max_connections: 60 },
  })
  await server.sql("CREATE DATABASE closed")
  await server.sql("REVOKE CONNECT ON DATABASE closed FROM PUBLIC; ALTER ROLE limited CONNECTION LIMIT 3")
})
afterAll(() => server?.close())

describe.each(DRIVERS)("connection attempts, over %s", (_name, driver) => {
  test("10: an attempt into a black hole ends at its deadline and frees its slot, and after the recovery the next caller is served at once", async () => {
    const proxy = await proxyFor(server)
    const { pool } = scene(driver, server, { proxy, max: 1, connectTimeoutMs: 500, acquireTimeoutMs: 1_500 })
    proxy.blackholeNew()
    const { error, ms } = await timed(pool.acquire())
    expect(error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", cause: { code: "PGSD_CONNECT_TIMEOUT" } })
    expect(ms).toBeLessThan(4_000)
    await eventually(
      () => pool.stats().connecting,
      (n) => n === 0,
      "no attempt is left",
      2_000,
    )
    await proxy.pass()
    const healed = await timed(pool.query("SELECT 1", [], { acquireTimeoutMs: 5_000 }))
    expect(healed.error).toBeUndefined()
  })

  test.each([
    ["11", "closes", "acceptThenClose"],
    ["12", "resets", "acceptThenReset"],
  ] as const)("%s: a server that accepts and %s is not flooded, and callers get the cause", async (_number, _verb, fault) => {
    const proxy = await proxyFor(server)
    const { pool } = scene(driver, server, { proxy, max: 10, acquireTimeoutMs: STORM_MS })
    proxy[fault]()
    const results = await Promise.all(Array.from({ length: 100 }, () => timed(pool.acquire())))
    for (const { error } of results)
      expect(error).toMatchObject({
        code: "PGSD_ACQUIRE_TIMEOUT",
        cause: { code: expect.stringMatching(/^PGSD_(CONNECTION_LOST|NOT_POSTGRES)$/) },
      })
    expect(proxy.accepted).toBeLessThanOrEqual(FULL ? 30 : 14)
  })

  test("13: callers leave during a slow authentication; the connections still open and are kept", async () => {
    const proxy = await proxyFor(server)
    const { pool, backends } = scene(driver, server, { proxy, max: 10, acquireTimeoutMs: 200 })
    proxy.delayFirstByte(600)
    const results = await Promise.all(Array.from({ length: 50 }, () => timed(pool.acquire())))
    for (const { error } of results) expect(error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", reason: "connecting" })
    await eventually(
      () => pool.stats(),
      ({ connecting, idle }) => connecting === 0 && idle > 0,
      "the attempts have ended",
    )
    const { idle, total } = pool.stats()
    expect(idle).toBeLessThanOrEqual(10)
    expect(total).toBe(idle)
    await eventually(backends, (n) => n === total, "the server counts what the pool counts")
  })

  test("a connection function that hangs once is called again, and a promise that hangs is a failed attempt in time", async () => {
    let asked = 0
    const connection = () => (++asked === 1 ? new Promise<never>(() => {}) : server.connection())
    const pool = createConnectionPool({ driver, label: "slow to say", connection, connectTimeoutMs: 200, acquireTimeoutMs: 4_000 })
    onTestFinished(() => pool.close())
    expect((await pool.query("SELECT 1 AS n")).rows).toEqual([{ n: 1 }])
    expect(asked).toBe(2)
    const errors: PgsdError[] = []
    const hanging = createConnectionPool({
      driver,
      label: "never says",
      connection: new Promise(() => {}),
      connectTimeoutMs: 100,
      acquireTimeoutMs: 400,
      onError: (error) => errors.push(error),
    })
    onTestFinished(() => hanging.close())
    const { error } = await timed(hanging.query("SELECT 1"))
    expect(error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", cause: { code: "PGSD_CONNECT_TIMEOUT", label: "never says" } })
    expect(errors[0]?.message).toBe(
      "never says: the promise of a connection did not say where to connect to within connectTimeoutMs (100 ms)",
    )
  })

  test("a connection function slower than connectTimeoutMs helps the attempts after the one that it is too late for", async () => {
    const connection = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      return server.connection()
    }
    const pool = createConnectionPool({ driver, connection, connectTimeoutMs: 200, acquireTimeoutMs: 8_000 })
    onTestFinished(() => pool.close())
    expect((await pool.query("SELECT 1 AS n")).rows).toEqual([{ n: 1 }])
  })

  test("14: with 3 live connections a full server (53300) fails no caller", async () => {
    const { pool } = scene(driver, server, { max: 8, connection: { user: "limited", password: "right" }, acquireTimeoutMs: 10_000 })
    const results = await Promise.all(Array.from({ length: 40 }, () => timed(pool.query("SELECT pg_sleep(0.02)"))))
    expect(results.filter(({ error }) => error !== undefined)).toEqual([])
    expect(pool.stats().total).toBeLessThanOrEqual(4)
    expect(pool.stats().connectErrors).toBeGreaterThan(0)
  })

  test("15: a server that is full from the start is the cause of the timeout, and the pool recovers when slots are free", async () => {
    const connection = { user: "limited", password: "right" }
    const holder = scene(driver, server, { max: 3, connection })
    const held = await Promise.all([holder.pool.acquire(), holder.pool.acquire(), holder.pool.acquire()])
    const { pool } = scene(driver, server, { connection, acquireTimeoutMs: 400 })
    const { error } = await timed(pool.acquire())
    expect(error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", cause: { sqlState: "53300", retryable: true } })
    for (const each of held) each.destroy()
    await pool.query("SELECT 1", [], { acquireTimeoutMs: 5_000 })
  })

  test("16: a wrong password rejects every caller at once, with its SQLSTATE, and then cools down", async () => {
    const { pool } = scene(driver, server, { max: 1, connection: { password: "wrong" } })
    const results = await Promise.all(Array.from({ length: 20 }, () => timed(pool.acquire())))
    for (const { error, ms } of results) {
      expect(error).toMatchObject({ code: "PGSD_AUTH_FAILED", sqlState: "28P01" })
      expect(ms).toBeLessThan(2_000)
    }
    const { connectErrors } = pool.stats()
    expect(connectErrors).toBe(1)
    await expect(pool.acquire()).rejects.toMatchObject({ sqlState: "28P01" })
    expect(pool.stats().connectErrors).toBeLessThanOrEqual(2)
  })

  test.each([
    ["a database that does not exist", { database: "nowhere" }, "3D000"],
    ["a role that does not exist", { user: "nobody_here" }, "28P01"],
    ["a database without CONNECT", { user: "stranger", password: "right", database: "closed" }, "42501"],
  ])("17: %s is reported at once", async (_what, connection, sqlState) => {
    const { pool } = scene(driver, server, { connection })
    const { error, ms } = await timed(pool.query("SELECT 1"))
    // With SCRAM a missing role looks like a wrong password.
    expect((error as PgsdError).sqlState).toBe(sqlState)
    expect(ms).toBeLessThan(2_000)
    await expect(pool.acquire()).rejects.toMatchObject({ sqlState })
  })

  test("17: a refusal by pg_hba.conf is reported at once", async () => {
    const refusing = await postgresServer({ hba: ["local all all scram-sha-256", "host all all 127.0.0.1/32 reject"] })
    onTestFinished(() => refusing.close())
    const pool = createConnectionPool({ driver, connection: refusing.connection() })
    const { error } = await timed(pool.acquire())
    expect(error).toMatchObject({ code: "PGSD_AUTH_FAILED", sqlState: "28000" })
    await pool.close()
  })

  test("18: rotating the password while the pool runs costs no caller an error", async () => {
    let known = "old"
    let asked = 0
    await server.sql("ALTER ROLE rotating PASSWORD 'old'")
    // Like a vault, which has the new password only on the next request.
    const password = () => {
      asked++
      const answer = known
      known = current
      return answer
    }
    let current = "old"
    const { pool } = scene(driver, server, { connection: { user: "rotating", password } })
    const [a, b] = await Promise.all([pool.acquire(), pool.acquire()])
    await server.sql("ALTER ROLE rotating PASSWORD 'new'")
    current = "new"
    await a!.query("SELECT 1")
    pool.evict()
    await b!.query("SELECT 1")
    a!.release()
    b!.release()
    await pool.query("SELECT 1")
    expect(asked).toBeGreaterThanOrEqual(4)
  })

  test("19: a password provider that rejects is a failed attempt; one that hangs ends at the attempt's deadline", async () => {
    const rejecting = scene(driver, server, {
      connection: { password: () => Promise.reject(new Error("the vault is sealed")) },
      acquireTimeoutMs: 300,
    })
    const { error } = await timed(rejecting.pool.acquire())
    expect(error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", reason: "unreachable" })
    expect(inspect(error)).toContain("the vault is sealed")
    const hanging = scene(driver, server, {
      connection: { password: () => new Promise(() => {}) },
      connectTimeoutMs: 200,
      acquireTimeoutMs: 500,
    })
    const slow = await timed(hanging.pool.acquire())
    expect(slow.error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", cause: { code: "PGSD_CONNECT_TIMEOUT" } })
    expect(slow.ms).toBeLessThan(2_000)
  })

  test.each(["ENOTFOUND", "EAI_AGAIN"])(
    "20: callers wait for a name that does not resolve yet (%s), and the error has a message",
    async (code) => {
      let broken = true
      const flaky: LookupFunction = (host, options, callback) => {
        if (broken) callback(Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code }), [])
        else lookup("127.0.0.1", options, callback)
      }
      const connection = { host: "database.example", port: server.port }
      const { pool } = scene(driver, server, { connection, opening: { lookup: flaky }, acquireTimeoutMs: 400 })
      const { error } = await timed(pool.acquire())
      expect(error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", cause: { code: "PGSD_DNS_FAILED" } })
      expect((error as Error).message).toContain("database.example")
      broken = false
      await pool.query("SELECT 1", [], { acquireTimeoutMs: 5_000 })
    },
  )

  test("21: an open function that tries one host after another is one attempt for the pool", async () => {
    const open = multiHost(driver, [{ ...server.target(), host: "127.0.0.1", port: 1, address: undefined }, server.target()])
    const pool = createConnectionPool({ open, label: "two hosts", connectTimeoutMs: 2_000 })
    const { error, ms } = await timed(pool.query("SELECT 1"))
    expect(error).toBeUndefined()
    expect(ms).toBeLessThan(2_000)
    expect(pool.stats()).toMatchObject({ created: 1, connectErrors: 0 })
    await pool.close()
    await pause(0)
  })
})

function multiHost(driver: Driver, targets: readonly ReturnType<PostgresServer["target"]>[]) {
  return async ({ signal }: { signal: AbortSignal }) => {
    let last: unknown
    for (const target of targets) {
      try {
        return await driver.connect(target, { signal })
      } catch (error) {
        last = error
      }
    }
    throw last
  }
}
