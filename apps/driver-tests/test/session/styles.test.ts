import { pgliteDriver } from "@pgsd/driver-pglite"
import { createConnectionPool } from "@pgsd/pool"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { DRIVERS } from "../support/drivers.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

const WAYS = [
  ...DRIVERS.map(({ name, load }) => ({ name, load, network: true })),
  { name: "pglite", load: async () => pgliteDriver(), network: false },
]

describe.each(WAYS)("$name", ({ load, network }) => {
  test.each([
    ["a statement", "SET DateStyle = 'German'; SET IntervalStyle = 'iso_8601'"],
    ["a function", "SELECT set_config('DateStyle', 'SQL, DMY', false)"],
    ["a transaction left open behind it", "SET IntervalStyle = 'sql_standard'; BEGIN"],
  ])("how one holder has values printed is not how the next reads them: %s", async (_, sql) => {
    const settings = { DateStyle: "ISO, DMY" }
    const pool = createConnectionPool({ driver: await load(), ...(network && { connection: server.connection() }), max: 1, settings })
    onTestFinished(() => pool.close())
    const read = async () => (await pool.query("SELECT '1/2/2020'::date AS day, interval '1 day' AS span, now() AS now")).rows
    const [before] = await read()
    await pool.query(sql)
    const [after] = await read()
    expect([after?.day, after?.span]).toEqual([before?.day, before?.span])
    expect(after?.now).toBeInstanceOf(Date)
    expect(pool.stats().created).toBe(1)
  })
})
