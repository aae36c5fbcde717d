import { once } from "node:events"
import { connect, createServer, type LookupFunction, type Socket } from "node:net"
import { setTimeout as delay } from "node:timers/promises"
import { type ConnectionConfig, toConnectionConfig } from "@pgsd/driver"
import { faultProxy } from "@pgsd/testing/proxy"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { type ConnectionPool, createConnectionPool } from "../../src/index.ts"
import { DRIVERS } from "../support/scene.ts"

const WORKERS = 10
const SETTLED_MS = 15_000

const FULL = process.env.PGSD_TEST_FULL === "1"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

interface Load {
  failed: number
  /** performance.now() of each worker's last success. */
  readonly successes: number[]
  stop(): Promise<void>
}

/** Workers that query without a pause, and retry 10 ms after a failure. */
function load(pool: ConnectionPool, sql: string): Load {
  let running = true
  const state: Load = { failed: 0, successes: Array.from({ length: WORKERS }, () => 0), stop: async () => {} }
  const work = async (worker: number) => {
    while (running)
      try {
        await pool.query(sql)
        state.successes[worker] = performance.now()
      } catch {
        state.failed++
        await delay(10)
      }
  }
  const workers = state.successes.map((_, worker) => work(worker))
  state.stop = async () => {
    running = false
    await Promise.all(workers)
  }
  return state
}

/** Waits until every worker is served after the change; returns how long the first and the last of them waited. */
async function servedAgain(load: Load, changedAt: number): Promise<{ readonly firstMs: number; readonly lastMs: number }> {
  let firstMs = Number.POSITIVE_INFINITY
  const served = () => load.successes.filter((at) => at > changedAt)
  await expect
    .poll(
      () => {
        if (firstMs === Number.POSITIVE_INFINITY && served().length > 0) firstMs = Math.min(...served()) - changedAt
        return served().length
      },
      { timeout: SETTLED_MS, interval: 5, message: "no stuck worker" },
    )
    .toBe(WORKERS)
  return { firstMs: Math.round(firstMs), lastMs: Math.round(performance.now() - changedAt) }
}

function configOf(of: PostgresServer, hosts: readonly { readonly name: string; readonly port: number }[]): ConnectionConfig {
  return { ...toConnectionConfig(of.connection()), hosts: hosts.map((each) => ({ kind: "tcp", ...each })) }
}

const report = (what: string, driver: string, { failed }: Load, times: object) =>
  process.stdout.write(`${what} over ${driver}, ${WORKERS} workers: ${JSON.stringify({ failed, ...times, stuck: 0 })}\n`)

describe.each(DRIVERS)("a pool's connection under load, over %s", { timeout: 90_000 }, (name, driver) => {
  test("rolling restart: two hosts restart one after the other; only calls in flight fail", async () => {
    const proxies = [await faultProxy(server), await faultProxy(server)]
    for (const proxy of proxies) onTestFinished(() => proxy.close())
    const hosts = proxies.map(({ port }) => ({ name: "127.0.0.1", port }))
    const pool = createConnectionPool({ driver, connection: configOf(server, hosts), max: 5 })
    onTestFinished(() => pool.close())
    const traffic = load(pool, "SELECT 1")
    await servedAgain(traffic, performance.now())
    for (const proxy of proxies) {
      await proxy.refuse()
      proxy.cut()
      const cutAt = performance.now()
      report("rolling restart", name, traffic, await servedAgain(traffic, cutAt))
      await proxy.listen()
    }
    await traffic.stop()
    expect(traffic.failed).toBeLessThanOrEqual(proxies.length * WORKERS)
  })

  test("DNS change: the old address is gone, and the name has a new one", async () => {
    const old = await faultProxy(server)
    onTestFinished(() => old.close())
    const sockets = new Set<Socket>()
    const moved = createServer((client) => {
      const upstream = connect({ host: server.host, port: server.port })
      for (const socket of [client, upstream]) sockets.add(socket.on("error", () => {}))
      client.pipe(upstream).pipe(client)
    })
    moved.listen(old.port, "127.0.0.2")
    await once(moved, "listening")
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      moved.close()
    })
    let address = "127.0.0.1"
    const lookup = ((_name: string, _options: unknown, callback: (error: null, found: unknown) => void) =>
      callback(null, [{ address, family: 4 }])) as unknown as LookupFunction
    const pool = createConnectionPool({
      driver,
      connection: configOf(server, [{ name: "db.test", port: old.port }]),
      opening: { lookup },
      max: 5,
    })
    onTestFinished(() => pool.close())
    const traffic = load(pool, "SELECT 1")
    await servedAgain(traffic, performance.now())
    await old.refuse()
    old.cut()
    address = "127.0.0.2"
    report("DNS change", name, traffic, await servedAgain(traffic, performance.now()))
    await traffic.stop()
    expect(traffic.failed).toBeLessThanOrEqual(WORKERS)
  })
})

// Two servers each, so both drivers only in the full run.
test.each(FULL ? DRIVERS : DRIVERS.slice(0, 1))(
  "failover over %s: the primary dies, its standby is promoted; writes go on there",
  {
    timeout: 90_000,
  },
  async (name, driver) => {
    const primary = await postgresServer()
    onTestFinished(() => primary.close())
    const standby = await postgresServer({ standbyOf: primary })
    onTestFinished(() => standby.close())
    await primary.sql("CREATE TABLE t (n int)")
    await standby.catchUp()
    const hosts = [primary, standby].map(({ host, port }) => ({ name: host, port }))
    const connection: ConnectionConfig = { ...configOf(primary, hosts), targetSessionAttrs: "read-write" }
    const pool = createConnectionPool({ driver, connection, max: 5 })
    onTestFinished(() => pool.close())
    const traffic = load(pool, "INSERT INTO t VALUES (1)")
    await servedAgain(traffic, performance.now())
    await primary.stop({ mode: "immediate" })
    await standby.promote()
    report("failover", name, traffic, await servedAgain(traffic, performance.now()))
    await traffic.stop()
    expect(traffic.failed).toBeLessThanOrEqual(2 * WORKERS)
  },
)
