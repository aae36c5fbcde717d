import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS } from "./support/drivers.ts"

let server: PostgresServer

beforeAll(async () => {
  server = await postgresServer()
})

afterAll(() => server.close())

describe.each(DRIVERS)("$name", ({ load }) => {
  const connect = async () => (await load()).connect(server.target())

  test("D04: rowMode array returns every column, whatever its name", async () => {
    const connection = await connect()
    for (const params of [undefined, []]) {
      const { rows } = await connection.query("SELECT 1 AS id, 'a' AS name, NULL AS id", params, { rowMode: "array" })
      expect(rows).toEqual([[1, "a", null]])
    }
    await connection.close()
  })

  test("undefined is refused with a hint, and NULL on request", async () => {
    const connection = await connect()
    await expect(connection.query("SELECT $1::int AS n", [undefined])).rejects.toMatchObject({
      code: "PGSD_INVALID_PARAMETER",
      hint: expect.stringContaining("null"),
    })
    expect((await connection.query("SELECT $1::int AS n", [undefined], { undefinedAs: "null" })).rows).toEqual([{ n: null }])
    await connection.close()
  })

  test("D11: an empty array is an empty array, and never an empty object", async () => {
    const connection = await connect()
    const { rows } = await connection.query("SELECT $1::int[] AS a, $2::text[] AS b, $3::jsonb[] AS c", [[], [], []])
    expect(rows).toEqual([{ a: [], b: [], c: [] }])
    for (const type of ["json", "jsonb"]) {
      await expect(connection.query(`SELECT $1::${type} AS j`, [[]])).rejects.toMatchObject({ sqlState: "22P02" })
      expect((await connection.query(`SELECT $1::${type} AS j`, [JSON.stringify([])])).rows).toEqual([{ j: [] }])
    }
    await connection.close()
  })

  test("D07: a session whose client_encoding is changed ends before a wrong byte is read or written", async () => {
    const connection = await connect()
    const { label } = connection.info
    // In one text the SELECT would be answered in LATIN1 before the change is reported.
    await expect(connection.query("SET client_encoding = 'LATIN1'; SELECT 'é' AS e")).rejects.toMatchObject({
      code: "PGSD_INVALID_PARAMETER",
    })
    expect((await connection.query("SELECT 'é' AS e")).rows).toEqual([{ e: "é" }])
    await expect(connection.query("SET client_encoding = 'LATIN1'")).rejects.toMatchObject({
      code: "PGSD_ENCODING_CHANGED",
      retryable: false,
      label,
    })
    expect(connection.status).toBe("closed")
  })

  test("D05: a value longer than a string can be has its own error", async () => {
    const connection = await connect()
    await expect(connection.query("SELECT repeat('x', 540000000) AS big")).rejects.toMatchObject({
      code: "PGSD_VALUE_TOO_LARGE",
      retryable: false,
      label: connection.info.label,
      hint: expect.stringContaining("substring"),
    })
    connection.destroy()
  })

  test("K10: what cannot be sent is a PgsdError, and the connection survives", async () => {
    const connection = await connect()
    const thrower = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no")
        },
        ownKeys: () => {
          throw new Error("no")
        },
      },
    )
    await expect(connection.query("SELECT $1", [thrower])).rejects.toMatchObject({ code: "PGSD_INVALID_PARAMETER" })
    await expect(connection.query("SELECT $1", [Buffer.alloc(270_000_000)])).rejects.toMatchObject({ code: "PGSD_INVALID_PARAMETER" })
    expect((await connection.query(`${" ".repeat(10_000_000)}SELECT 1 AS n`)).rows).toEqual([{ n: 1 }])
    await connection.close()
  })

  test("P10: a prepared SELECT * survives ALTER TABLE, DEALLOCATE and DISCARD transparently", async () => {
    const connection = await connect()
    await connection.query("CREATE TEMP TABLE p10 (a int); INSERT INTO p10 VALUES (1)")
    const read = () => connection.query("SELECT * FROM p10", [], { prepare: true })
    expect((await read()).rows).toEqual([{ a: 1 }])
    await connection.query("ALTER TABLE p10 ADD COLUMN b int")
    expect((await read()).rows).toEqual([{ a: 1, b: null }])
    await connection.query("DEALLOCATE ALL")
    expect((await read()).rows).toEqual([{ a: 1, b: null }])
    await connection.query("BEGIN; ALTER TABLE p10 ADD COLUMN c int")
    await expect(read()).rejects.toMatchObject({ sqlState: "0A000" })
    await connection.query("ROLLBACK")
    await connection.close()
  })

  test("work still running on native makes the session busy until it has ended", async () => {
    const connection = await connect()
    const native = connection.native as { query?(sql: string): Promise<unknown>; unsafe?(sql: string): Promise<unknown> }
    const left =
      native.query === undefined ? native.unsafe!("BEGIN; SELECT pg_sleep(0.1)").then() : native.query("BEGIN; SELECT pg_sleep(0.1)")
    await expect.poll(() => connection.status).toBe("busy")
    await left
    expect(connection.status).toBe("transaction")
    const result = await connection.query("INSERT INTO pg_temp.nowhere VALUES (1)").catch((error: unknown) => error)
    expect(result).toMatchObject({ sqlState: "42P01" })
    await connection.query("ROLLBACK")
    await connection.close()
  })
})
