import { inspect } from "node:util"
import { type WireNative, wireDriver } from "@pgsd/driver-wire"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, expect, test } from "vitest"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

test("native runs statements in order among ours, and takes none of our rows", async () => {
  const connection = await wireDriver().connect(server.target())
  const native = connection.native as WireNative
  const all = [
    connection.query("SELECT 1 AS n"),
    native.query("CREATE TEMP TABLE t AS SELECT 2 AS n"),
    connection.query("SELECT n FROM t"),
    native.query("SELECT n FROM t; UPDATE t SET n = 3"),
    connection.query("SELECT n FROM t"),
  ]
  const rows = (await Promise.all(all)).map((result) => result?.rows)
  expect(rows).toEqual([[{ n: 1 }], undefined, [{ n: 2 }], undefined, [{ n: 3 }]])
  await native.query("BEGIN")
  expect(connection.status).toBe("transaction")
  await connection.close()
})

test("native rejects with the server's error, and only its own", async () => {
  const connection = await wireDriver().connect(server.target())
  const native = connection.native as WireNative
  const outcomes = await Promise.allSettled([
    native.query("SELECT missing"),
    connection.query("SELECT missing2"),
    native.query("SELECT 1"),
    connection.query("SELECT 1 AS n"),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled", "fulfilled"])
  expect(outcomes[0]).toMatchObject({ reason: { message: 'column "missing" does not exist', sqlState: "42703" } })
  expect(outcomes[1]).toMatchObject({ reason: { message: 'column "missing2" does not exist' } })
  await connection.close()
})

test("native refuses what is not a statement, and the connection survives", async () => {
  const connection = await wireDriver().connect(server.target())
  const native = connection.native as WireNative
  for (const wrong of [undefined, 7, "SELECT\0 1"])
    await expect(native.query(wrong as string)).rejects.toMatchObject({ code: expect.stringMatching(/^PGSD_/) })
  expect((await connection.query("SELECT 1 AS n")).rows).toEqual([{ n: 1 }])
  await connection.close()
})

test("native COPY ends at once, in both directions, and the connection survives", async () => {
  const connection = await wireDriver().connect(server.target())
  const native = connection.native as WireNative
  await native.query("CREATE TEMP TABLE t (a int4)")
  await expect(native.query("COPY t FROM STDIN")).rejects.toMatchObject({ sqlState: "57014" })
  await native.query("COPY (SELECT generate_series(1, 100000)) TO STDOUT")
  expect((await connection.query("SELECT 1 AS n")).rows).toEqual([{ n: 1 }])
  await connection.close()
})

test("native rejects at once when the connection ends, and afterwards", async () => {
  const connection = await wireDriver().connect(server.target())
  const native = connection.native as WireNative
  const left = native.query("SELECT pg_sleep(60)")
  connection.destroy()
  await expect(left).rejects.toThrow("closed")
  await expect(native.query("SELECT 1")).rejects.toThrow("closed")
})

test("no property of the connection shows its password", async () => {
  const password = "a-password-never-printed"
  await server.sql(`CREATE ROLE secretive LOGIN PASSWORD '${password}'`)
  const connection = await wireDriver().connect({ ...server.target(), user: "secretive", password })
  for (const shown of [connection, connection.native]) expect(inspect(shown, { showHidden: true, depth: 12 })).not.toContain(password)
  await connection.close()
})

test("COPY is refused in both directions and protocols, and the connection survives", async () => {
  const connection = await wireDriver().connect(server.target())
  await connection.query("CREATE TEMP TABLE t (a int4)")
  for (const params of [undefined, []])
    for (const sql of ["COPY t FROM STDIN", "COPY (SELECT generate_series(1, 100000)) TO STDOUT"]) {
      await expect(connection.query(sql, params)).rejects.toMatchObject({ code: "PGSD_UNSUPPORTED" })
      expect((await connection.query("SELECT 1 AS n")).rows).toEqual([{ n: 1 }])
    }
  await connection.close()
})

test("a binary cursor is refused by name, and the connection survives", async () => {
  const connection = await wireDriver().connect(server.target())
  await connection.query("BEGIN; DECLARE c BINARY SCROLL CURSOR FOR SELECT 1 AS n")
  await expect(connection.query("FETCH c")).rejects.toMatchObject({ code: "PGSD_UNSUPPORTED", hint: expect.stringContaining("BINARY") })
  expect(connection.status).toBe("transaction")
  // In the extended protocol we choose the format.
  await connection.query("MOVE ABSOLUTE 0 FROM c")
  expect((await connection.query("FETCH c", [])).rows).toEqual([{ n: 1 }])
  await connection.close()
})

test("65,535 parameters, the protocol's limit, are sent; one more is refused before it is sent", async () => {
  const connection = await wireDriver().connect(server.target())
  const list = (count: number) => Array.from({ length: count }, (_, i) => `$${i + 1}`).join(",")
  const sum = (count: number) => connection.query(`SELECT cardinality(ARRAY[${list(count)}]::text[]) AS sum`, Array(count).fill("x"))
  expect((await sum(65_535)).rows).toEqual([{ sum: 65_535 }])
  await expect(sum(65_536)).rejects.toThrow(expect.objectContaining({ code: "PGSD_INVALID_PARAMETER" }))
  await connection.close()
})

test("options are checked", () => {
  expect(() => wireDriver({ protocol: "3.1" } as never)).toThrow(expect.objectContaining({ code: "PGSD_INVALID_OPTION" }))
  expect(() => wireDriver({ protcol: "3.0" } as never)).toThrow(expect.objectContaining({ hint: 'did you mean "protocol"?' }))
})
