import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createConnectionPool } from "../../src/index.ts"
import { DRIVERS, eventually, pause, proxyFor, scene, timed } from "../support/scene.ts"

const FROZEN_MS = process.env.PGSD_TEST_FULL === undefined ? 2_000 : 90_000

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer({ settings: { log_disconnections: "on", log_min_messages: "debug1" } })
})
afterAll(() => server?.close())

/** Runs test/support/child.ts in a process of its own. */
function child(driver: string, script: string) {
  const file = fileURLToPath(new URL("../support/child.ts", import.meta.url))
  const args = [
    "--import",
    "tsx",
    "--conditions=@pgsd/source",
    file,
    driver,
    script,
    JSON.stringify(server.connection({ applicationName: `child-${script}` })),
  ]
  const running = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"] })
  let output = ""
  running.stdout.on("data", (data) => {
    output += data
  })
  running.stderr.on("data", (data) => {
    output += data
  })
  const ended = new Promise<number | null>((resolve) => void running.on("exit", (code) => resolve(code)))
  return { running, ended, output: () => output }
}

describe.each(DRIVERS)("closing, over %s", (name, driver) => {
  test("38: close settles in time with connections in every state, and leaves nothing open", async () => {
    const proxy = await proxyFor(server)
    const { pool, backends } = scene(driver, server, {
      proxy,
      max: 5,
      validateAfterMs: 20,
      validateTimeoutMs: 5_000,
      connectTimeoutMs: 10_000,
    })
    const leases = await Promise.all(Array.from({ length: 4 }, () => pool.acquire()))
    const busy = timed(leases[0]!.query("SELECT pg_sleep(10)"))
    leases[1]!.release()
    leases[2]!.release()
    await pause(50)
    proxy.blackholeOpen()
    proxy.blackholeNew()
    const waiting = Array.from({ length: 4 }, () => timed(pool.acquire({ acquireTimeoutMs: 20_000 })))
    await pause(20)
    const closing = pool.close({ timeoutMs: 500 })
    expect(pool.close()).toBe(closing)
    const { ms, error } = await timed(closing)
    expect(error).toBeUndefined()
    expect(ms).toBeLessThan(1_500)
    for (const each of await Promise.all(waiting)) expect(each.error).toMatchObject({ code: "PGSD_POOL_CLOSED" })
    expect((await busy).error).toBeDefined()
    leases[3]!.release()
    await expect(pool.acquire()).rejects.toMatchObject({ code: "PGSD_POOL_CLOSED" })
    expect(pool.stats()).toMatchObject({ state: "closed", total: 0, waiting: 0 })
    proxy.cut()
    await eventually(backends, (n) => n <= 1, "only the sleeping backend is left")
    await server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(10)%' AND pid <> pg_backend_pid()")
  })

  test("39: close settles in the tick of an acquire, during onConnect and from inside a lease", async () => {
    const first = scene(driver, server)
    const acquiring = first.pool.acquire()
    const closing = first.pool.close()
    ;(await acquiring).release()
    await closing
    const second = scene(driver, server, { onConnect: (connection) => connection.query("SELECT pg_sleep(0.2)").then(() => {}) })
    const early = timed(second.pool.acquire({ acquireTimeoutMs: 50 }))
    await early
    await second.pool.close()
    const third = scene(driver, server)
    let inner: Promise<void> | undefined
    await third.pool.use((lease) => {
      inner = third.pool.close()
      return lease.query("SELECT 1")
    })
    await inner
    for (const { pool, backends } of [first, second, third]) {
      expect(pool.state).toBe("closed")
      await eventually(backends, (n) => n === 0, "no session is left")
    }
  })

  test("44: a program that queries and does not close ends by itself at once, outside any transaction", async () => {
    const { ended, output } = child(name, "query-and-end")
    expect(await ended, output()).toBe(0)
    const [, idleMs] = /ended after (\d+) ms/.exec(output()) ?? []
    expect(Number(idleMs), output()).toBeLessThan(500)
    expect(server.logs()).not.toMatch(/unexpected EOF on client connection with an open transaction/)
  })

  test("45: the first query succeeds in a process that was frozen while its connections were killed", async () => {
    const { running, ended, output } = child(name, "freeze")
    await eventually(output, (text) => text.includes("ready"), "the child is ready", 20_000)
    running.kill("SIGSTOP")
    const killed = await server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'child-freeze'")
    expect(killed.length).toBeGreaterThan(0)
    await pause(FROZEN_MS)
    running.kill("SIGCONT")
    running.stdin.write("go\n")
    expect(await ended, output()).toBe(0)
    expect(output()).toContain("first query: ok")
  })

  test("a connection lost without notice delays neither close() nor the end of the process", async () => {
    const proxy = await proxyFor(server)
    const { pool } = scene(driver, server, { proxy })
    await pool.query("SELECT 1")
    proxy.blackholeOpen()
    const { ms } = await timed(pool.close({ timeoutMs: 400 }))
    expect(ms).toBeLessThan(1_500)
    proxy.cut()
  })
})

test("an unused pool needs no close", async () => {
  const pool = createConnectionPool({ driver: DRIVERS[0]![1], connection: server.connection() })
  expect(pool.stats().total).toBe(0)
  await pool.close()
})
