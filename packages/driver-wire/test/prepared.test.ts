import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import type { Connection } from "@pgsd/driver"
import { wireDriver } from "@pgsd/driver-wire"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

let connection: Connection
beforeEach(async () => {
  connection = await wireDriver().connect(server.target())
})
afterEach(() => connection?.destroy())

const count = async () => (await connection.query("SELECT count(*)::int4 AS n FROM pg_prepared_statements")).rows[0]?.n

/** Every type of the value table, and types left as text, with values that a number or a Date could lose. */
const VALUES = `
  SELECT true AS bool, '\\x00ff'::bytea AS bytea, ''::bytea AS empty, (-32768)::int2 AS int2, 2147483647 AS int4, 4294967295::oid AS oid,
    9223372036854775807 AS int8, 1.1::float4 AS float4, 0.1::float8 + 0.2 AS float8, 'NaN'::float8 AS nan, '-Infinity'::float8 AS infinite,
    '-0'::float8 AS minus, 5e-324::float8 AS tiny, 1.10::numeric AS numeric, now() AS now, 'infinity'::timestamptz AS never,
    '0044-03-15 BC'::timestamptz AS bc, '{"a": [1]}'::jsonb AS jsonb, ARRAY[1.5, NULL]::float8[] AS floats, ARRAY['\\x01'::bytea] AS bytes,
    NULL::float8 AS none, NULL::bytea AS nothing, gen_random_uuid() IS NOT NULL AS uuid, 'é' AS text, $1::float8 AS given`

test("a prepared statement returns the same values every time, in the binary format, too", async () => {
  await connection.query("BEGIN")
  for (const rowMode of [undefined, "array"] as const) {
    const { rows: expected, fields } = await connection.query(VALUES, [0.3], { rowMode })
    for (let round = 0; round < 3; round++) {
      const result = await connection.query(VALUES, [0.3], { rowMode, prepare: true })
      expect([result.rows, result.fields]).toStrictEqual([expected, fields])
    }
  }
  const types = { 701: (text: string) => `<${text}>` }
  const own = await connection.query(VALUES, [0.3], { types })
  for (let round = 0; round < 2; round++) expect((await connection.query(VALUES, [0.3], { types, prepare: true })).rows).toEqual(own.rows)
  expect(await count()).toBe(1)
})

test("while the server parses it, the same text is sent unnamed: each query gets its own row", async () => {
  const sql = "SELECT $1::int4 AS n"
  for (let round = 0; round < 3; round++) {
    const all = await Promise.all(Array.from({ length: 50 }, (_, n) => connection.query(sql, [n], { prepare: true })))
    expect(all.map(({ rows }) => rows[0]?.n)).toEqual(Array.from({ length: 50 }, (_, n) => n))
  }
  expect(await count()).toBe(1)
})

test("a failed one is parsed again under its name, whether or not the server had accepted it", async () => {
  const sql = "SELECT 1 / $1::int4 AS n"
  for (let round = 0; round < 3; round++) {
    await expect(connection.query(sql, [0], { prepare: true })).rejects.toMatchObject({ sqlState: "22012" })
    expect((await connection.query(sql, [1], { prepare: true })).rows).toEqual([{ n: 1 }])
  }
  expect(await count()).toBe(1)
})

test("forgotten statements do not stay on the server", async () => {
  await connection.query("CREATE TEMP TABLE t (a int4)")
  for (let round = 0; round < 5; round++) {
    await connection.query("SELECT * FROM t", [], { prepare: true })
    await connection.query(`ALTER TABLE t ADD COLUMN b${round} int4`)
  }
  await connection.query("SELECT * FROM t", [], { prepare: true })
  expect(await count()).toBe(1)
  for (let n = 0; n < 300; n++) await connection.query(`SELECT ${n} AS n`, [], { prepare: true })
  await connection.query("ALTER TABLE t ADD COLUMN last int4")
  await connection.query("SELECT * FROM t", [], { prepare: true })
  for (let n = 300; n < 600; n++) await connection.query(`SELECT ${n} AS n`, [], { prepare: true })
  expect(await count()).toBe(256)
})

test("a prepared statement retains no result", async () => {
  const sql = "SELECT repeat('x', 1000000) AS big"
  const kept = new WeakRef((await connection.query(sql, [], { prepare: true })).rows)
  setFlagsFromString("--expose-gc")
  const gc = runInNewContext("gc") as () => void
  await expect
    .poll(() => {
      gc()
      return kept.deref() === undefined
    })
    .toBe(true)
})
