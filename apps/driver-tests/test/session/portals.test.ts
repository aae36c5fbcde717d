import type { Driver } from "@pgsd/driver"
import { TooManyRowsError } from "@pgsd/driver/calls"
import { createConnectionPool } from "@pgsd/pool"
import { faultProxy } from "@pgsd/testing/proxy"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { DRIVERS } from "../support/drivers.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

const INSERT = "INSERT INTO streamed SELECT generate_series(1, 1000) RETURNING n"

async function taken<T>(rows: AsyncIterable<T>, most = Number.POSITIVE_INFINITY): Promise<T[]> {
  const seen: T[] = []
  for await (const row of rows) if (seen.push(row) >= most) break
  return seen
}

describe.each(DRIVERS)("streaming over $name", ({ load }) => {
  let driver: Driver
  beforeAll(async () => {
    driver = await load()
  })
  beforeEach(async () => {
    await server.sql("DROP TABLE IF EXISTS streamed; CREATE TABLE streamed (n int)")
  })

  const pooled = (proxy?: { readonly host: string; readonly port: number }) =>
    createConnectionPool({ driver, connection: server.connection(proxy && { host: proxy.host, port: proxy.port }), max: 1 })
  const written = async () => Number((await server.sql("SELECT count(*) AS n FROM streamed"))[0]?.n)

  test("a stream of a writing statement is committed at its end, and undone when it is left, throws or is aborted", async () => {
    await using pool = pooled()
    const stream = (signal?: AbortSignal) => pool.stream<{ n: number }>(INSERT, [], { batchSize: 7, signal })
    expect(await taken(stream(), 30)).toHaveLength(30)
    const thrown = async () => {
      for await (const { n } of stream()) if (n === 5) throw new Error("five")
    }
    await expect(thrown()).rejects.toThrow("five")
    const aborter = new AbortController()
    const aborted = async () => {
      for await (const { n } of stream(aborter.signal)) if (n === 5) aborter.abort(new Error("enough"))
    }
    await expect(aborted()).rejects.toThrow("enough")
    expect((await pool.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
    expect(await written()).toBe(0)
    expect(await taken(stream())).toHaveLength(1_000)
    expect(await written()).toBe(1_000)
    expect(pool.stats()).toMatchObject({ leased: 0, total: 1 })
  })

  test("a pool lends a connection at the first row, not before", async () => {
    await using pool = pooled()
    const rows = pool.stream("SELECT generate_series(1, 10)", [], { batchSize: 3 })
    expect(pool.stats()).toMatchObject({ leased: 0, total: 0 })
    await rows.next()
    expect(pool.stats()).toMatchObject({ leased: 1 })
    await rows.return?.()
    expect(pool.stats()).toMatchObject({ leased: 0 })
    await expect(pool.stream("SELECT 1")[Symbol.asyncDispose]()).resolves.toBeUndefined()
  })

  test("maxRows is one round trip, and fetches one row more than allowed", async () => {
    await using proxy = await faultProxy({ host: server.host, port: server.port })
    await using pool = pooled(proxy)
    await pool.use(async (lease) => {
      const trips = async (sql: string, maxRows: number) => {
        const before = proxy.roundTrips
        const outcome = await lease.query(sql, undefined, { maxRows }).then(
          ({ rows, command }) => `${command} ${rows.length}`,
          (error: unknown) => (error instanceof TooManyRowsError ? "too many" : error),
        )
        return [outcome, proxy.roundTrips - before]
      }
      expect(await trips("SELECT generate_series(1, 5)", 5)).toEqual(["SELECT 5", 1])
      expect(await trips("SELECT generate_series(1, 100000000)", 5)).toEqual(["too many", 1])
      expect(await trips("SHOW server_version", 5)).toEqual(["SHOW 1", 1])
      expect(await trips("EXPLAIN SELECT 1", 0)).toEqual(["too many", 1])
    })
    await pool.transaction(async (tx) => {
      await expect(tx.query("SELECT n FROM streamed UNION ALL SELECT generate_series(1, 9)", [], { maxRows: 3 })).rejects.toThrow(
        TooManyRowsError,
      )
      // No portal is left that would lock the table.
      await tx.query("ALTER TABLE streamed ADD COLUMN more int")
    })
  })

  test("the statement is bounded between any two messages: an unresponsive server in the middle of a batch times out", async () => {
    await using proxy = await faultProxy({ host: server.host, port: server.port })
    await using pool = createConnectionPool({
      driver,
      connection: server.connection({ host: proxy.host, port: proxy.port }),
      cancelTimeoutMs: 300,
      closeTimeoutMs: 300,
    })
    const rows = pool.stream("SELECT generate_series(1, 10)", [], { batchSize: 3, timeoutMs: 200 })
    for (let n = 0; n < 3; n++) await rows.next()
    proxy.blackholeOpen()
    proxy.blackholeNew()
    await expect(rows.next()).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT" })
  })
})
