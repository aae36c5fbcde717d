import { existsSync } from "node:fs"
import { createConnection } from "node:net"
import { dirname } from "node:path"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { versions } from "./support/versions.ts"

/** One session of pg, ended in every case. */
async function ask(config: string | pg.ClientConfig, sql = "SELECT current_user AS me"): Promise<unknown[]> {
  const client = new pg.Client(config)
  client.on("error", () => undefined)
  try {
    await client.connect()
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

describe.each(versions)("PostgreSQL %i", (version) => {
  let server: PostgresServer

  beforeAll(async () => {
    server = await postgresServer({
      version,
      users: [
        { name: "app", password: "p w'ö\\" },
        { name: "Builder", password: "x", attributes: "CREATEDB" },
        { name: "group", attributes: ["NOLOGIN", "NOINHERIT"] },
      ],
      settings: { max_connections: 7, "pgsd.note": "it's \\ a test", statement_timeout: "12s" },
    })
  })

  afterAll(() => server?.close())

  test("has the requested version, listens on loopback, and reports both", async () => {
    expect(server).toMatchObject({ kind: "embedded", version, host: "127.0.0.1", user: "postgres", database: "postgres", tls: undefined })
    expect(server.serverVersion).toMatch(new RegExp(`^${version}\\.`))
    expect(await ask(server.url(), "SELECT current_setting('server_version') AS version")).toEqual([{ version: server.serverVersion }])
  })

  test("users log in by SCRAM over TCP and over the socket, but not with a wrong password", async () => {
    const app = { user: "app", password: "p w'ö\\" }
    expect(await ask(server.url(app))).toEqual([{ me: "app" }])
    const { port, socketDirectory, database } = server
    expect(await ask({ host: socketDirectory!, port, database, ...app })).toEqual([{ me: "app" }])
    await expect(ask(server.url({ ...app, password: "wrong" }))).rejects.toMatchObject({ code: "28P01" })
    const [row] = await server.sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'app'")
    expect(row?.rolpassword).toMatch(/^SCRAM-SHA-256\$/)
  })

  test("users have the requested attributes", async () => {
    const rows = await server.sql(
      "SELECT rolname, rolcanlogin, rolcreatedb, rolinherit FROM pg_roles WHERE rolname IN ('app', 'Builder', 'group') ORDER BY 1",
    )
    expect(rows).toEqual([
      { rolname: "Builder", rolcanlogin: "t", rolcreatedb: "t", rolinherit: "t" },
      { rolname: "app", rolcanlogin: "t", rolcreatedb: "f", rolinherit: "t" },
      { rolname: "group", rolcanlogin: "f", rolcreatedb: "f", rolinherit: "f" },
    ])
  })

  test("settings are applied, with the kit's defaults otherwise", async () => {
    const rows = await server.sql(
      "SELECT current_setting('max_connections') a, current_setting('pgsd.note') b, current_setting('statement_timeout') c, current_setting('fsync') d",
    )
    expect(rows).toEqual([{ a: "7", b: "it's \\ a test", c: "12s", d: "off" }])
  })

  test("sql() returns the rows of the last statement that has some, as text, in the requested database", async () => {
    expect(
      await server.sql("SELECT 1 AS a; SELECT 2 AS b, NULL AS c; CREATE DATABASE_ROLE_NOT_REALLY").catch((error) => error),
    ).toMatchObject({ code: "PGSD_QUERY_FAILED", sqlState: "42601" })
    expect(await server.sql("SELECT 1 AS a; SELECT 2 AS b, NULL AS c; SET search_path = public")).toEqual([{ b: "2", c: null }])
    expect(await server.sql("SELECT current_database()", { database: "template1" })).toEqual([{ current_database: "template1" }])
  })

  test("sql() ends with its signal, before and while it runs, on the server too", async () => {
    const reason = new Error("enough")
    await expect(server.sql("SELECT 1", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const sleeping = server.sql("SELECT pg_sleep(10) AS nap", { signal: controller.signal })
    const naps = async () =>
      (await server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%AS nap' AND pid <> pg_backend_pid()")).length
    await expect.poll(naps, { timeout: 5_000 }).toBe(1)
    controller.abort(reason)
    await expect(sleeping).rejects.toBe(reason)
    await expect.poll(naps, { timeout: 5_000 }).toBe(0)
  })

  test("pg_hba.conf is the caller's, and can be changed while the server runs; sql() still works", async () => {
    const app = server.url({ user: "app", password: "p w'ö\\" })
    await server.setHba(["host all app all reject"])
    await expect(ask(app)).rejects.toMatchObject({ code: "28000" })
    expect(await server.sql("SELECT 1 AS one")).toEqual([{ one: "1" }])
    await expect(server.setHba(["host all all all no-such-method"])).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
    await server.setHba(["host all all all scram-sha-256"])
    expect(await ask(app)).toEqual([{ me: "app" }])
  })

  test("the log has the server's messages and no password", async () => {
    await server.sql("SELECT no_such_column").catch(() => undefined)
    expect(server.logs()).toContain('column "no_such_column" does not exist')
    for (const secret of ["p w'ö", server.password]) expect(server.logs()).not.toContain(secret)
  })

  test("listens on every loopback address and nowhere else", async () => {
    const [row] = await server.sql("SHOW listen_addresses")
    for (const host of row!.listen_addresses!.split(",")) {
      expect(["127.0.0.1", "::1"]).toContain(host)
      const socket = createConnection({ host, port: server.port })
      await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject))
      socket.destroy()
    }
  })
})

test("a user that cannot be created is an error without its password, and leaves nothing behind", async () => {
  const failure = await postgresServer({ users: [{ name: "pg_forbidden", password: "marker-password" }] }).catch((error) => error)
  expect(failure).toMatchObject({ sqlState: "42939" })
  expect(JSON.stringify([failure.message, failure.stack, { ...failure }])).not.toContain("marker-password")
})

test("a refused setting is an error with the server's message", async () => {
  await expect(postgresServer({ settings: { shared_buffers: "none" } })).rejects.toMatchObject({
    code: "PGSD_SERVER_START",
    message: expect.stringContaining('invalid value for parameter "shared_buffers"'),
  })
})

test("an aborted start rejects with the reason and leaves nothing behind", async () => {
  const controller = new AbortController()
  const starting = postgresServer({ signal: controller.signal })
  const reason = new Error("not needed any more")
  setTimeout(() => controller.abort(reason), 60)
  await expect(starting).rejects.toBe(reason)
})

test("an operation may wait indefinitely", async () => {
  await using server = await postgresServer({ timeoutMs: Number.POSITIVE_INFINITY })
  expect(await server.sql("SELECT 1 AS one")).toEqual([{ one: "1" }])
})

test("parallel starts do not interfere with each other", async () => {
  const servers = await Promise.all(Array.from({ length: 3 }, () => postgresServer()))
  expect(new Set(servers.map((each) => each.port)).size).toBe(3)
  const folders = servers.map((each) => dirname(each.socketDirectory!))
  await Promise.all(servers.map((each) => each.close()))
  expect(folders.filter(existsSync)).toEqual([])
})
