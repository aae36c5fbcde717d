import type { Driver } from "@pgsd/driver"
import { pgliteDriver } from "@pgsd/driver-pglite"
import { type ConnectionPool, createConnectionPool } from "@pgsd/pool"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS } from "../support/drivers.ts"

// What stream() and copyTo() hold is given back when their signal fires, though the consumer is at work and may never come back.

const reason = new Error("gone")
const READS: Readonly<Record<string, (pool: ConnectionPool, signal: AbortSignal) => AsyncIterator<unknown>>> = {
  stream: (pool, signal) => pool.stream("SELECT n FROM generate_series(1, 100) AS n", [], { signal, batchSize: 10 }),
  "stream, all rows here": (pool, signal) => pool.stream("SELECT n FROM generate_series(1, 100) AS n", [], { signal }),
  copyTo: (pool, signal) => pool.copyTo("COPY (SELECT n FROM generate_series(1, 1000000) AS n) TO STDOUT", { signal }),
}

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

const all = [...DRIVERS, { name: "pglite", load: async () => pgliteDriver() }]

describe.each(all)("over $name", ({ name, load }) => {
  let driver: Driver & { close?(): Promise<void> }
  let pool: ConnectionPool
  beforeAll(async () => {
    driver = await load()
    pool = createConnectionPool({ driver, ...(name !== "pglite" && { connection: server.connection() }), max: 1 })
    await pool.query("SELECT 1")
  }, 120_000)
  afterAll(async () => {
    await pool.close()
    await driver.close?.()
  })

  test.each(Object.entries(READS))("%s", async (_, read) => {
    const stop = new AbortController()
    const reading = read(pool, stop.signal)
    await reading.next()
    expect(pool.stats().leased).toBe(1)
    stop.abort(reason)
    // The only connection.
    expect((await pool.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
    await expect(reading.next()).rejects.toBe(reason)
    expect(await reading.next()).toEqual({ done: true, value: undefined })
    expect(pool.stats()).toMatchObject({ leased: 0, idle: 1, created: 1 })
  })
})
