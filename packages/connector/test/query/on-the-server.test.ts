import { once } from "node:events"
import { createDatabaseConnector, type DatabaseConnector } from "@pgsd/connector"
import { QueryTimeoutError } from "@pgsd/driver/calls"
import { hasPgBouncer, type PostgresServer, pgBouncer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { SOCKETS, socketDriver } from "../support/subjects.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server.close())

describe.each(SOCKETS)("effects on the server, over %s", (name) => {
  const open = async () => createDatabaseConnector(await socketDriver(name).connect(server.target()))
  const running = async (text: string) =>
    (
      await server.sql(
        `SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%${text}%' AND pid <> pg_backend_pid()`,
      )
    )[0]!.n

  test("a query's timeout stops it on the server, and the next query is not hit", async () => {
    const db = await open()
    const started = performance.now()
    await expect(db.query("SELECT pg_sleep(30) /* over-time */", undefined, { timeoutMs: 100 })).rejects.toBeInstanceOf(QueryTimeoutError)
    expect(performance.now() - started).toBeLessThan(5_000)
    // The caller is rejected at once; the server follows.
    await expect.poll(() => running("over-time"), { timeout: 5_000 }).toBe("0")
    for (let n = 0; n < 20; n++) expect(await db.one("SELECT 1 AS n")).toEqual({ n: 1 })
    await db.close()
  })

  test("a timeout inside a stream and inside a transaction ends these, and the connection remains usable", async () => {
    const db = await open()
    const rows = db.stream("SELECT n, pg_sleep(CASE n WHEN 15 THEN 30 ELSE 0 END) FROM generate_series(1, 20) n", undefined, {
      batchSize: 10,
      timeoutMs: 150,
    })
    const seen: unknown[] = []
    await expect(
      (async () => {
        for await (const row of rows) seen.push(row)
      })(),
    ).rejects.toBeInstanceOf(QueryTimeoutError)
    expect(seen).toHaveLength(10)
    await expect(db.transaction((tx) => tx.query("SELECT pg_sleep(30)", undefined, { timeoutMs: 100 }))).rejects.toBeInstanceOf(
      QueryTimeoutError,
    )
    expect(db.status).toBe("idle")
    expect(await db.one("SELECT 1 AS n")).toEqual({ n: 1 })
    await db.close()
  })

  test("two conflicting transactions: retries run the loser again until both have committed", async () => {
    await server.sql("DROP TABLE IF EXISTS counter; CREATE TABLE counter (n int); INSERT INTO counter VALUES (0)")
    const sessions = await Promise.all([open(), open(), open()])
    let runs = 0
    const add = (db: DatabaseConnector) =>
      db.transaction(
        async (tx) => {
          runs += 1
          const { n } = await tx.one<{ n: number }>("SELECT n FROM counter")
          await tx.query("UPDATE counter SET n = $1", [n + 1])
        },
        { isolation: "serializable", retries: 50 },
      )
    await Promise.all(sessions.flatMap((db) => [add(db)]))
    // Serial on each session, in parallel between them.
    await Promise.all(
      sessions.map(async (db) => {
        for (let round = 0; round < 4; round++) await add(db)
      }),
    )
    expect(await server.sql("SELECT n FROM counter")).toEqual([{ n: "15" }])
    expect(runs).toBeGreaterThan(15)
    for (const db of sessions) await db.close()
  })

  test("a snapshot sees one state while others write", async () => {
    await server.sql("DROP TABLE IF EXISTS moments; CREATE TABLE moments (n int)")
    const db = await open()
    await db.readOnlySnapshot(async (snapshot) => {
      const count = () => snapshot.one<{ n: number }>("SELECT count(*)::int AS n FROM public.moments")
      expect(await count()).toEqual({ n: 0 })
      await server.sql("INSERT INTO moments VALUES (1)")
      expect(await count()).toEqual({ n: 0 })
    })
    expect(await db.one("SELECT count(*)::int AS n FROM moments")).toEqual({ n: 1 })
    await db.close()
  })

  test("a snapshot waits for a lock no longer than its lockTimeoutMs, and blocks no other session", async () => {
    await server.sql("DROP TABLE IF EXISTS held; CREATE TABLE held (n int)")
    const holder = await open()
    await holder.query("BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
    const db = await open()
    const started = performance.now()
    await expect(db.readOnlySnapshot((tx) => tx.query("SELECT n FROM public.held"), { lockTimeoutMs: 150 })).rejects.toMatchObject({
      code: "PGSD_LOCK_TIMEOUT",
    })
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(db.status).toBe("idle")
    await holder.close()
    await db.close()
  })

  test.runIf(hasPgBouncer() || process.env.CI)(
    "through PgBouncer in transaction mode a snapshot works, and leaves nothing to the next client",
    async () => {
      // One server session for all clients: what one client left behind the next would see.
      await using bouncer = await pgBouncer({ server, mode: "transaction", settings: { default_pool_size: 1 } })
      const through = async () => createDatabaseConnector(await socketDriver(name).connect(bouncer.target()))
      const [first, second] = [await through(), await through()]
      const settings =
        "SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock"
      const before = await second.one(settings)
      const inside = await first.readOnlySnapshot((snapshot) => snapshot.one(settings), { statementTimeoutMs: 7_000 })
      expect(inside).toEqual({ path: "pg_catalog, pg_temp", statement: "7s", lock: "2s" })
      expect(await second.one(settings)).toEqual(before)
      let rows = 0
      for await (const _ of second.stream("SELECT generate_series(1, 2500)")) rows += 1
      expect(rows).toBe(2_500)
      expect((await first.preflight()).findings.map((each) => each.id)).toContain("pooler")
      await first.close()
      await second.close()
    },
  )

  test("proveReadOnly is refused by the server, which logs it: therefore preflight does not use it", async () => {
    const db = await open()
    const before = server.logs().length
    expect(await db.proveReadOnly()).toMatchObject({ proven: true })
    await expect.poll(() => server.logs().slice(before)).toMatch(/cannot execute CREATE TABLE in a read-only transaction/)
    await db.close()
  })

  test("LISTEN: the README's recipe receives what another session sends", async () => {
    const db = await open()
    const received: unknown[] = []
    const stop = new AbortController()
    db.onNotification((notification) => {
      received.push(notification)
      if (received.length === 2) stop.abort()
    })
    await db.query("LISTEN schema_changed")
    // Another session sends; this one is idle meanwhile.
    await server.sql("NOTIFY schema_changed, 'orders'; NOTIFY schema_changed")
    if (!stop.signal.aborted) await once(stop.signal, "abort", { signal: AbortSignal.timeout(5_000) })
    expect(received).toMatchObject([
      { channel: "schema_changed", payload: "orders", processId: expect.any(Number) },
      { channel: "schema_changed", payload: "" },
    ])
    await db.query("UNLISTEN *")
    await db.close()
  })

  test("a connection lost during LISTEN is reported, so that the recipe can start again", async () => {
    const db = await open()
    await db.query("LISTEN schema_changed")
    const died = new Promise((resolve) => db.onClose(resolve))
    await server.sql(`SELECT pg_terminate_backend(${db.info.processId})`)
    expect(await died).toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    expect(await db.testConnection()).toBe(false)
    await db.close()
  })

  test("COPY through query is refused, and the connection is usable or closed, never stuck", async () => {
    await server.sql("DROP TABLE IF EXISTS copied; CREATE TABLE copied (n int)")
    for (const sql of ["COPY copied FROM STDIN", "COPY copied TO STDOUT"]) {
      const db = await open()
      await expect(db.query(sql)).rejects.toMatchObject({ code: expect.stringMatching(/^PGSD_/) })
      if (db.status !== "closed") expect(await db.one("SELECT 1 AS n")).toEqual({ n: 1 })
      await db.close()
    }
  })
})
