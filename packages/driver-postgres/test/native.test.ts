import { once } from "node:events"
import { inspect } from "node:util"
import { postgresDriver } from "@pgsd/driver-postgres"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import type { Sql } from "postgres"
import { afterAll, beforeAll, expect, test } from "vitest"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

test("native is postgres.js, with every value as text", async () => {
  const connection = await postgresDriver().connect(server.target())
  const sql = connection.native as Sql
  expect(await sql`SELECT ${"1"}::int4 AS n, true AS yes, ARRAY[1, NULL] AS numbers`).toEqual([{ n: "1", yes: "t", numbers: "{1,NULL}" }])
  expect(connection.status).toBe("idle")
  await sql.unsafe("BEGIN")
  expect(connection.status).toBe("transaction")
  await connection.close()
})

test("native accepts COPY in both directions, and the connection continues", async () => {
  const connection = await postgresDriver().connect(server.target())
  const sql = connection.native as Sql
  await connection.query("CREATE TEMP TABLE copied (a int4)")
  const into = await sql`COPY copied FROM STDIN`.writable()
  into.end("1\n2\n3\n")
  await once(into, "finish")
  expect((await connection.query("SELECT sum(a)::int4 AS sum FROM copied")).rows).toEqual([{ sum: 6 }])
  let out = ""
  for await (const chunk of await sql`COPY copied TO STDOUT`.readable()) out += chunk
  expect(out).toBe("1\n2\n3\n")
  expect((await connection.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
  await connection.close()
})

test("native never opens a second connection: calls that would need one are refused", async () => {
  const connection = await postgresDriver().connect(server.target())
  const sql = connection.native as Sql
  await expect(sql.listen("channel", () => {})).rejects.toThrow("never opens a second one")
  const [before] = await server.sql("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
  connection.destroy()
  await expect(sql`SELECT 1`).rejects.toThrow()
  const [after] = await server.sql("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
  expect(Number(after?.count)).toBeLessThanOrEqual(Number(before?.count))
})

test("native keeps no password", async () => {
  const password = "a-password-never-printed"
  await server.sql(`CREATE ROLE secretive LOGIN PASSWORD '${password}'`)
  const connection = await postgresDriver().connect({ ...server.target(), user: "secretive", password })
  const sql = connection.native as Sql
  for (const shown of [connection, sql, sql.options]) expect(inspect(shown, { showHidden: true, depth: 12 })).not.toContain(password)
  await connection.close()
})

test("ending native is reported as a lost connection", async () => {
  const connection = await postgresDriver().connect(server.target())
  const lost = new Promise((resolve) => connection.onClose(resolve))
  await (connection.native as Sql).end()
  expect(await lost).toMatchObject({ code: "PGSD_CONNECTION_LOST" })
  await expect(connection.query("SELECT 1")).rejects.toThrow(expect.objectContaining({ code: "PGSD_CONNECTION_LOST" }))
})

test("postgres.js sends 65,533 parameters at most; one more is refused before it is sent", async () => {
  const connection = await postgresDriver().connect(server.target())
  const list = (count: number) => Array.from({ length: count }, (_, i) => `$${i + 1}`).join(",")
  const sum = (count: number) => connection.query(`SELECT cardinality(ARRAY[${list(count)}]::text[]) AS sum`, Array(count).fill("x"))
  expect((await sum(65_533)).rows).toEqual([{ sum: 65_533 }])
  await expect(sum(65_534)).rejects.toThrow(expect.objectContaining({ code: "PGSD_INVALID_PARAMETER" }))
  expect(connection.status).toBe("idle")
  await connection.close()
})

const FORMS = [
  ["simple", undefined, {}],
  ["with parameters", [], {}],
  ["prepared", [], { prepare: true }],
] as const

test.each(FORMS)("a statement on native in the same tick keeps its own answer, before one of ours: %s", async (_, params, options) => {
  const connection = await postgresDriver().connect(server.target())
  const sql = connection.native as Sql
  const ours = (text: string, signal?: AbortSignal) => connection.query(text, params && [...params], { ...options, signal })
  // Twice, because a statement that is prepared already is written without its text.
  for (let round = 0; round < 2; round++) {
    const two = sql.unsafe("SELECT 1 UNION SELECT 2").then((rows) => rows.length)
    expect(await ours("CREATE TEMP TABLE IF NOT EXISTS t ()")).toMatchObject({ command: "CREATE TABLE", rowCount: 0 })
    expect(await two).toBe(2)
    const failing = sql.unsafe("SELECT 1 / 0").catch((error: { code: string }) => error.code)
    expect((await ours("SELECT 1 AS n")).rows).toEqual([{ n: 1 }])
    expect(await failing).toBe("22012")
    const fine = sql.unsafe("SELECT 3 AS n").then(([row]) => row)
    await expect(ours("SELECT pgsd_missing")).rejects.toMatchObject({ sqlState: "42703" })
    expect(await fine).toEqual({ n: "3" })
  }
  const slow = sql.unsafe("SELECT pg_sleep(0.2), 4 AS n").then(([row]) => row?.n)
  const controller = new AbortController()
  const stopped = ours("SELECT pg_sleep(30)", controller.signal).catch((error: Error) => error.message)
  setTimeout(() => controller.abort(new Error("stop")), 50)
  // What runs is not stopped in place of what waits behind it.
  expect(await slow).toBe("4")
  expect(await stopped).toBe("stop")
  connection.destroy()
})

test.each(FORMS)("statements with one text, on native and ours, have each their own answer: %s", async (_, params, options) => {
  const connection = await postgresDriver().connect(server.target())
  const sql = connection.native as Sql
  await connection.query("CREATE TEMP TABLE same (a int4 PRIMARY KEY)")
  const text = "INSERT INTO same VALUES (1)"
  for (let round = 0; round < 2; round++) {
    const first = sql.unsafe(text, [], { prepare: options !== undefined }).then(({ command }) => command)
    await expect(connection.query(text, params && [...params], options)).rejects.toMatchObject({ name: "QueryError", sqlState: "23505" })
    expect(await first).toBe("INSERT")
    await connection.query("DELETE FROM same")
    const ours = connection.query(text, params && [...params], options)
    await expect(sql.unsafe(text)).rejects.toMatchObject({ code: "23505" })
    expect(await ours).toMatchObject({ command: "INSERT" })
    await connection.query("DELETE FROM same")
  }
  expect(connection.status).toBe("idle")
})

test("the connection is busy until the last of what was begun on native is over: begin(), a BEGIN behind it, reserve()", async () => {
  const connection = await postgresDriver().connect(server.target())
  const sql = connection.native as Sql
  const two = async (inner: Sql) => [await inner`SELECT 1`, await inner`SELECT 2`]
  const first = sql.begin(two as never)
  const second = sql.begin(two as never)
  const left = sql.unsafe("BEGIN")
  left.execute()
  await first
  expect(connection.status).toBe("busy")
  await second
  expect(connection.status).toBe("busy")
  await left
  expect(connection.status).toBe("transaction")
  await connection.query("ROLLBACK")
  const reserved = await sql.reserve()
  expect(connection.status).toBe("busy")
  await reserved`SELECT 1`
  expect(connection.status).toBe("busy")
  reserved.release()
  expect(connection.status).toBe("idle")
})

test("a statement that postgres.js repeats by itself is not taken for one of ours", async () => {
  const connection = await postgresDriver().connect(server.target())
  const sql = connection.native as Sql
  await connection.query("CREATE TEMP TABLE changing (a int4)")
  const read = () => sql.unsafe("SELECT * FROM changing", [], { prepare: true, simple: false } as object)
  await read()
  await connection.query("ALTER TABLE changing ADD b int4; INSERT INTO changing VALUES (1, 2)")
  const again = read().then((rows) => rows.length)
  const ours = Promise.all([connection.query("SELECT 1 AS n"), connection.query("SELECT 2 AS n")])
  expect(await again).toBe(1)
  expect((await ours).map(({ rows }) => rows)).toEqual([[{ n: 1 }], [{ n: 2 }]])
  expect((await connection.query("SELECT 3 AS n")).rows).toEqual([{ n: 3 }])
})

test("native's functions are postgres.js' own, with their properties", async () => {
  const connection = await postgresDriver().connect(server.target())
  const sql = connection.native as Sql
  expect(sql.typed.name).toBe("typed")
  expect(sql.unsafe).toBe(sql.unsafe)
  expect(new sql.PostgresError("x" as never)).toBeInstanceOf(sql.PostgresError)
})

test("a native query that fails is reported to its caller alone, once", async () => {
  const connection = await postgresDriver().connect(server.target())
  const sql = connection.native as Sql
  const failed = sql.unsafe("SELECT pgsd_missing")
  expect(connection.status).toBe("idle")
  const caught = failed.catch((error: unknown) => error)
  expect(connection.status).toBe("busy")
  expect(await caught).toMatchObject({ code: "42703" })
  expect(connection.status).toBe("idle")
})

test("the connection is busy as soon as a cursor was asked for its first rows", async () => {
  const connection = await postgresDriver().connect(server.target())
  const sql = connection.native as Sql
  const rows = sql.unsafe("SELECT generate_series(1, 3)").cursor(1)[Symbol.asyncIterator]()
  const first = rows.next()
  expect(connection.status).toBe("busy")
  expect(await first).toMatchObject({ done: false })
  expect(connection.status).toBe("busy")
  await rows.next()
  await rows.next()
  expect(await rows.next()).toMatchObject({ done: true })
  await expect.poll(() => connection.status).toBe("idle")
  await connection.close()
})

test("a COPY whose session ends before its stream was given does not end the process", async () => {
  const connection = await postgresDriver().connect(server.target())
  const sql = connection.native as Sql
  await connection.query("CREATE TEMP TABLE copied (a int4)")
  const stream = sql`COPY copied FROM STDIN`.writable().catch(() => {})
  // Behind native's COPY, which postgres.js writes in a later turn, it cannot be answered.
  await new Promise(setImmediate)
  await expect(connection.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
  await stream
  expect(connection.status).toBe("closed")
})
