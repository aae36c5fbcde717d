import { hasPgBouncer, type PgBouncer, type PostgresServer, pgBouncer, postgresServer } from "@pgsd/testing/server"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, test } from "vitest"

describe.skipIf(!hasPgBouncer())("PgBouncer", () => {
  let server: PostgresServer
  let bouncer: PgBouncer

  beforeAll(async () => {
    server = await postgresServer({ users: [{ name: "app", password: 'p"w' }] })
    bouncer = await pgBouncer({ server, mode: "transaction", settings: { default_pool_size: 1 } })
  })

  afterAll(async () => {
    await bouncer?.close()
    await server?.close()
  })

  async function session(settings: Parameters<PgBouncer["url"]>[0] = {}): Promise<pg.Client> {
    const client = new pg.Client(bouncer.url(settings))
    client.on("error", () => undefined)
    await client.connect()
    return client
  }

  test("users of the server log in with their own password; wrong passwords are refused", async () => {
    const app = await session({ user: "app", password: 'p"w' })
    expect((await app.query("SELECT current_user AS me")).rows).toEqual([{ me: "app" }])
    await app.end()
    await expect(session({ user: "app", password: "wrong" })).rejects.toThrow("SASL authentication failed")
  })

  test("transaction mode: two clients take turns on one server connection", async () => {
    const [one, two] = [await session(), await session()]
    const pid = async (client: pg.Client) => (await client.query("SELECT pg_backend_pid() AS pid")).rows[0].pid
    expect(await pid(one)).toBe(await pid(two))
    await one.end()
    await two.end()
  })

  test("target(), version and the console describe it", async () => {
    expect(bouncer.target({ database: "template1" })).toEqual({
      ...{ host: "127.0.0.1", port: bouncer.port, user: server.user, password: server.password, database: "template1" },
    })
    expect(bouncer.version).toMatch(/^\d+\.\d+\.\d+$/)
    const config = await bouncer.admin("SHOW CONFIG")
    expect(config.find((row) => row.key === "pool_mode")?.value).toBe("transaction")
    expect(bouncer.logs()).toContain("process up")
  })

  test("close() ends clients, frees the port, leaves the server alone, and may be called twice", async () => {
    const other = await pgBouncer({ server, mode: "session" })
    const client = new pg.Client(other.url())
    const lost = new Promise((resolve) => client.once("error", resolve))
    await client.connect()
    await Promise.all([other.close(), other.close()])
    await lost
    await expect(other.admin("SHOW VERSION")).rejects.toMatchObject({ code: "PGSD_CONNECTION_REFUSED" })
    expect(await server.sql("SELECT 1 AS one")).toEqual([{ one: "1" }])
  })

  test("a refused setting is an error with PgBouncer's message", async () => {
    await expect(pgBouncer({ server, mode: "session", settings: { pool_mode: "nonsense" } })).rejects.toMatchObject({
      code: "PGSD_SERVER_START",
      message: expect.stringContaining("pool_mode"),
    })
  })

  test("unknown options and modes are refused", async () => {
    await expect(pgBouncer({ server, mode: "pool" as never })).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
    await expect(pgBouncer({ server, mode: "session", setting: {} } as never)).rejects.toMatchObject({ hint: 'did you mean "settings"?' })
  })
})
