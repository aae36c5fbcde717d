import { pgliteDriver } from "@pgsd/driver-pglite"
import { hasPgBouncer, type PostgresServer, pgBouncer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS } from "./support/drivers.ts"

// Settings of a database or a role (ALTER DATABASE … SET) decide how a server prints values; a program must parse the same everywhere.

const VALUES = `SELECT 0.1::float8 + 0.2::float8 AS sum, ARRAY[1/3::float8] AS third, (1/3::float8)::float4 AS single,
  interval '1 year 2 days 03:04:05' AS span, ARRAY[interval '-1 day'] AS spans, '\\x00ff5c'::bytea AS bytes,
  ARRAY['\\x01'::bytea] AS many, date '2026-01-31' AS day, timestamptz '2026-01-31 12:00:00+00' AS instant`
const READ = {
  sum: 0.30000000000000004,
  third: [1 / 3],
  single: 0.33333334,
  span: "1 year 2 days 03:04:05",
  spans: ["-1 days"],
  bytes: new Uint8Array([0, 255, 92]),
  many: [new Uint8Array([1])],
  day: "2026-01-31",
  instant: new Date("2026-01-31T12:00:00Z"),
}
const UNUSUAL: Readonly<Record<string, string>> = {
  extra_float_digits: "-10",
  IntervalStyle: "iso_8601",
  bytea_output: "escape",
  DateStyle: "German, DMY",
  TimeZone: "Asia/Kathmandu",
}

let server: PostgresServer

beforeAll(async () => {
  server = await postgresServer()
  await server.sql("CREATE DATABASE unusual")
  for (const [name, value] of Object.entries(UNUSUAL)) await server.sql(`ALTER DATABASE unusual SET ${name} = '${value}'`)
})

afterAll(() => server?.close())

function readable(row: object | undefined) {
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, plain(value)]))
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value)
  return Array.isArray(value) ? value.map(plain) : value
}

describe.each(DRIVERS)("$name", ({ load }) => {
  test("the settings of a database change no parsed value, and RESET ALL does not restore them", async () => {
    const connection = await (await load()).connect({ ...server.target(), database: "unusual" })
    for (const before of ["", "RESET ALL", "DISCARD ALL"]) {
      await connection.query(before)
      for (const params of [undefined, []]) expect(readable((await connection.query(VALUES, params)).rows[0]), before).toEqual(READ)
    }
    await connection.close()
  })

  test("the caller's startup settings take precedence", async () => {
    const driver = await load()
    const ask = "SELECT 0.1::float8 + 0.2::float8 AS sum, interval '1 day' AS span"
    for (const startup of [
      { options: "-c extra_float_digits=0 -c intervalstyle=iso_8601" },
      { extra_float_digits: "0", intervalstyle: "iso_8601" },
    ]) {
      const connection = await driver.connect({ ...server.target(), startup })
      expect((await connection.query(ask)).rows).toEqual([{ sum: 0.3, span: "P1D" }])
      await connection.close()
    }
  })

  test.skipIf(!hasPgBouncer())("a pooler that refuses startup settings gets them only once", async () => {
    await using bouncer = await pgBouncer({ server, mode: "transaction" })
    const driver = await load()
    for (let round = 0; round < 3; round++) {
      const connection = await driver.connect(bouncer.target())
      expect((await connection.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }])
      await connection.close()
    }
    expect(bouncer.logs().match(/pooler error/g) ?? [], bouncer.logs()).toHaveLength(1)
  })
})

test("PGlite: a connection has them whatever the previous one has set", async () => {
  await using driver = pgliteDriver()
  const first = await driver.connect()
  for (const [name, value] of Object.entries(UNUSUAL))
    await first.query(`ALTER ROLE CURRENT_USER SET ${name} = '${value}'; SET ${name} = '${value}'`)
  await first.close()
  const second = await driver.connect()
  expect(readable((await second.query(VALUES)).rows[0])).toEqual(READ)
}, 120_000)
