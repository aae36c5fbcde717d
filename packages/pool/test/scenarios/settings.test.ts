import { hasPgBouncer, type PostgresServer, pgBouncer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createConnectionPool, pgBouncerSettings } from "../../src/index.ts"
import { DRIVERS, scene } from "../support/scene.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

const SHOWN = `SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS timeout,
  current_setting('enable_seqscan') AS scan, current_setting('app.note', true) AS note, current_setting('app.hook', true) AS hook`
const settings = { search_path: "app, public", statement_timeout: 5_000, enable_seqscan: false, "app.note": "it's a \\ note" }
const EXPECTED = { path: "app, public", timeout: "5s", scan: "off", note: "it's a \\ note", hook: "set" }

describe.each(DRIVERS)("settings of a pool, over %s", (_name, driver) => {
  test("they apply to every borrower, and again after a session reset, as does onConnect (P01)", async () => {
    const onConnect = async (connection: { query(sql: string): Promise<unknown> }) => {
      expect(await connection.query("SHOW statement_timeout")).toMatchObject({ rows: [{ statement_timeout: "5s" }] })
      await connection.query("SET app.hook = 'set'")
    }
    const { pool } = scene(driver, server, { max: 1, reset: "session", settings, onConnect })
    for (const leaveBehind of ["SET search_path = nowhere; SET app.hook = 'lost'", "BEGIN; SET statement_timeout = 0", "SELECT 1"]) {
      await using lease = await pool.acquire()
      expect((await lease.query(SHOWN)).rows).toEqual([EXPECTED])
      await lease.query(leaveBehind)
    }
    expect(await pool.one(SHOWN)).toEqual(EXPECTED)
    expect(pool.stats().created).toBe(1)
  })

  test.each([
    [{ work_mem: "a lot" }, "work_mem"],
    [{ work_mem: "1MB", no_such_setting: "1" }, "no_such_setting"],
    [{ max_connections: 5 }, "max_connections"],
    [{ search_path: "app", default_tablespace: "nowhere" }, "default_tablespace"],
  ])("a refused setting is a permanent error that names it: %j", async (refused, name) => {
    const { pool, backends } = scene(driver, server, { settings: refused })
    const began = performance.now()
    await expect(pool.query("SELECT 1")).rejects.toMatchObject({
      code: "PGSD_SETTING_REFUSED",
      retryable: false,
      sqlState: expect.any(String),
      message: expect.stringContaining(`setting "${name}" was refused`),
    })
    expect(performance.now() - began).toBeLessThan(3_000)
    await expect.poll(backends).toBe(0)
  })

  test.skipIf(!hasPgBouncer())(
    "behind a pooler they are refused, and nothing is set for other clients, unless its mode is session",
    async () => {
      await using bouncer = await pgBouncer({ server, mode: "transaction", settings: { default_pool_size: 1 } })
      const { host, port, user, password, database } = server
      const poolOf = (through: { readonly port: number }, options = {}) =>
        createConnectionPool({ driver, connection: { host, user, password, database, port: through.port }, ...options })
      await using refused = poolOf(bouncer, { settings: { work_mem: "1MB" } })
      await expect(refused.query("SELECT 1")).rejects.toMatchObject({
        code: "PGSD_SETTING_REFUSED",
        message: expect.stringContaining("settings (work_mem)"),
        hint: expect.stringContaining("ALTER ROLE"),
      })
      await using plain = poolOf(bouncer, pgBouncerSettings)
      expect(await plain.one("SHOW work_mem")).toEqual({ work_mem: "4MB" })
      expect(() => poolOf({ port }, { ...pgBouncerSettings, settings: { work_mem: "1MB" } })).toThrow(
        expect.objectContaining({ code: "PGSD_INVALID_OPTION", message: expect.stringContaining("work_mem") }),
      )
      await using sessions = await pgBouncer({ server, mode: "session" })
      await using own = poolOf(sessions, { settings: { work_mem: "1MB" }, pooler: "session" })
      expect(await own.one("SHOW work_mem")).toEqual({ work_mem: "1MB" })
    },
  )
})
