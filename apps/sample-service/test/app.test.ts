import assert from "node:assert/strict"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import type { AddressInfo } from "node:net"
import { after, before, test } from "node:test"
import { pgDriver } from "@pgsd/driver-pg"
import { type ConnectionPool, createConnectionPool } from "@pgsd/pool"
import { type FaultProxy, faultProxy } from "@pgsd/testing/proxy"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { type App, createApp } from "../src/app.ts"
import { rememberStock, type Stock } from "../src/stock.ts"
import { startTelemetry } from "../src/telemetry.ts"
import { until } from "./until.ts"

const telemetry = startTelemetry()
let server: PostgresServer
let proxy: FaultProxy
let pool: ConnectionPool
let stock: Stock
let app: App
let url: string

before(async () => {
  server = await postgresServer()
  await server.sql(await readFile("schema.sql", "utf8"))
  proxy = await faultProxy(server)
  const { user, password, database } = server
  const connection = { host: proxy.host, port: proxy.port, user, password, database }
  pool = createConnectionPool({ driver: pgDriver(), connection, label: "shop", max: 2, acquireTimeoutMs: 2_000 })
  stock = await rememberStock(pool)
  app = createApp(pool, stock, telemetry.page)
  app.server.listen(0, "127.0.0.1")
  await once(app.server, "listening")
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
})

after(async () => {
  await app?.drain(1_000)
  await stock?.close()
  await pool?.close()
  await proxy?.close()
  await server?.close()
  await telemetry.close()
})

const order = (body: unknown) => fetch(`${url}/orders`, { method: "POST", body: JSON.stringify(body) })
const pieces = async (item: string) => ((await (await fetch(`${url}/stock/${item}`)).json()) as { pieces: number }).pieces
const status = async (path: string) => (await fetch(url + path)).status

test("an order updates the cached stock", async () => {
  assert.equal(await pieces("tea"), 10)
  const answer = await order({ item: "tea", pieces: 3 })
  assert.deepEqual([answer.status, await answer.json()], [201, { id: 1 }])
  await until(async () => (await pieces("tea")) === 7)
})

test("invalid orders are refused", async () => {
  assert.equal((await order({ item: "cup", pieces: 4 })).status, 409)
  assert.equal((await order({ item: "cup", pieces: 0 })).status, 400)
  assert.equal((await order({ item: "x".repeat(20_000), pieces: 1 })).status, 413)
  assert.equal(await status("/stock/nothing"), 404)
  assert.equal(await status("/stock/%"), 400)
  assert.equal(await pieces("cup"), 3)
})

test("every connection is cut: the next request is served, and a missed change is not lost", async () => {
  assert.equal(await pieces("cup"), 3)
  const { accepted } = proxy
  proxy.cut()
  // Sent while the listener was disconnected.
  await server.sql("UPDATE stock SET pieces = 2 WHERE item = 'cup'")
  await until(async () => (await pieces("cup")) === 2)
  assert.equal((await order({ item: "cup", pieces: 1 })).status, 201)
  assert.ok(proxy.accepted > accepted)
})

test("the server is down: not ready but alive; a request gets Retry-After", async () => {
  await server.stop()
  assert.equal(await status("/ready"), 503)
  assert.equal(await status("/live"), 200)
  const answer = await order({ item: "tea", pieces: 1 })
  assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "1"])
  await server.start()
  await until(async () => (await status("/ready")) === 200)
  assert.equal((await order({ item: "tea", pieces: 1 })).status, 201)
})

test("the metrics are the pool's", async () => {
  const page = await (await fetch(`${url}/metrics`)).text()
  const value = (metric: string) =>
    page
      .split("\n")
      .find((line) => line.startsWith(`${metric}{`) && line.includes('"shop"'))
      ?.split(" ")
      .at(-1)
  assert.equal(value("db_client_connection_max"), "2")
  assert.equal(value("db_client_connection_pending_requests"), "0")
})
