import { faultProxy } from "@pgsd/testing/proxy"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import pg from "pg"
import { afterAll, beforeAll, expect, test } from "vitest"

let server: PostgresServer

beforeAll(async () => {
  server = await postgresServer({ tls: true })
})

afterAll(() => server?.close())

function client(port: number, settings: pg.ClientConfig = {}) {
  const { user, password, database } = server
  const it = new pg.Client({ host: "localhost", port, user, password, database, ...settings })
  const lost: string[] = []
  it.on("error", (error) => lost.push(error.message))
  return Object.assign(it, { lost })
}

test("round trips of a plain session: one per query, after those of the startup", async () => {
  await using proxy = await faultProxy(server)
  const it = client(proxy.port)
  await it.connect()
  // StartupMessage, SASLInitialResponse, SASLResponse.
  expect(proxy.roundTrips).toBe(3)
  await it.query("SELECT 1")
  await it.query("SELECT $1::int", [1])
  expect(proxy.roundTrips).toBe(5)
  await it.end()
})

test("round trips under TLS: SSLRequest and the handshake in addition, one per query", async () => {
  await using proxy = await faultProxy(server)
  const it = client(proxy.port, { ssl: { ca: server.tls!.ca } })
  await it.connect()
  const connecting = proxy.roundTrips
  // SSLRequest, ClientHello, Finished with StartupMessage, and two for SCRAM.
  expect(connecting).toBe(5)
  for (let index = 0; index < 5; index++) await it.query("SELECT repeat('x', 20000)")
  expect(proxy.roundTrips).toBe(connecting + 5)
  await it.end()
})

test("cut() is a lost connection for the client, and the server's backend ends", async () => {
  await using proxy = await faultProxy(server)
  const it = client(proxy.port, { application_name: "to be cut" })
  await it.connect()
  proxy.cut()
  await expect.poll(() => it.lost).toEqual(["Connection terminated unexpectedly"])
  const count = async () => (await server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'to be cut'"))[0]?.count
  await expect.poll(count, { timeout: 5_000 }).toBe("0")
})

test("the server's pg_terminate_backend passes through the proxy", async () => {
  await using proxy = await faultProxy(server)
  const it = client(proxy.port)
  await it.connect()
  const { rows } = await it.query("SELECT pg_backend_pid() AS pid")
  await server.sql(`SELECT pg_terminate_backend(${rows[0].pid})`)
  await expect.poll(() => it.lost[0]).toBe("terminating connection due to administrator command")
})

test("a Unix socket upstream", async () => {
  await using proxy = await faultProxy({ path: `${server.socketDirectory}/.s.PGSQL.${server.port}` })
  const it = client(proxy.port)
  await it.connect()
  expect((await it.query("SELECT inet_client_addr() AS address")).rows).toEqual([{ address: null }])
  proxy.reset()
  await expect.poll(() => it.lost[0]).toBe("read ECONNRESET")
})

test("the proxy survives a restart of its server", async () => {
  await using proxy = await faultProxy(server)
  await server.restart()
  const it = client(proxy.port)
  await it.connect()
  await it.end()
})
