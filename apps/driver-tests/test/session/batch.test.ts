import type { Driver } from "@pgsd/driver"
import type { Queryable } from "@pgsd/driver/calls"
import { sessionOf } from "@pgsd/driver/session"
import { pgliteDriver } from "@pgsd/driver-pglite"
import { type ConnectionPool, createConnectionPool } from "@pgsd/pool"
import { faultProxy } from "@pgsd/testing/proxy"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { DRIVERS } from "../support/drivers.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

const INSERT = "INSERT INTO batched VALUES ($1)"
const insert = (n: unknown) => ({ text: INSERT, values: [n] })

/** The behaviour of a batch on every handle. */
function promises(pool: () => ConnectionPool) {
  const kept = async (on: Queryable = pool()) => (await on.query("SELECT n FROM batched ORDER BY n", [], { rowMode: "array" })).rows.flat()

  test("results come in order, each in its own form", async () => {
    const results = await pool().batch([
      "CREATE TEMP TABLE mine (n int)",
      insert(1),
      { text: "SELECT $1::int8 AS big, $2::text AS t", values: ["7", "é€"], types: { 20: BigInt } },
      { text: "SELECT 1 AS a, 2 AS a", rowMode: "array" },
      "UPDATE batched SET n = n + 1 RETURNING n",
      "SELECT 1 WHERE false",
      "",
      "-- nothing",
    ])
    expect(results.map(({ command, rowCount }) => [command, rowCount])).toEqual([
      ["CREATE TABLE", 0],
      ["INSERT", 1],
      ["SELECT", 1],
      ["SELECT", 1],
      ["UPDATE", 1],
      ["SELECT", 0],
      ["", 0],
      ["", 0],
    ])
    expect(results.map(({ rows }) => rows)).toEqual([[], [], [{ big: 7n, t: "é€" }], [[1, 2]], [{ n: 2 }], [], [], []])
    expect(results[2]?.fields.map(({ name, typeId }) => [name, typeId])).toEqual([
      ["big", 20],
      ["t", 25],
    ])
    expect(await pool().batch([])).toEqual([])
    expect(await pool().batch(["SELECT 1 AS a"], { rowMode: "array" })).toMatchObject([{ rows: [[1]] }])
  })

  test("a failure undoes all of it, and names the statement", async () => {
    const failed = pool().batch([insert(1), "INSERT INTO batched /* 1 */ SELECT 1 / length('a secret') - 1 / 0", insert(2)])
    await expect(failed).rejects.toMatchObject({
      sqlState: "22012",
      statementIndex: 1,
      message: "statement 2 of 3 in the batch (INSERT INTO batched SELECT 1 / length('') - 1 / 0): division by zero",
    })
    expect(await kept()).toEqual([])
    expect((await pool().query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
  })

  test("a constraint that fails at COMMIT undoes it too", async () => {
    await pool().query("CREATE TEMP TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    const error: unknown = await pool()
      .batch([insert(1), "INSERT INTO late VALUES (1)", "INSERT INTO late VALUES (1)"])
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ sqlState: "23505" })
    expect(error).not.toHaveProperty("statementIndex")
    expect(await kept()).toEqual([])
  })

  test("inside a transaction it is part of it; a failure fails the transaction, unless inside a savepoint", async () => {
    await pool().transaction(async (tx) => {
      await tx.batch([insert(1), insert(2)])
      await expect(tx.transaction((inner) => inner.batch([insert(3), insert("wrong")]))).rejects.toMatchObject({ statementIndex: 1 })
      await tx.batch([insert(4)])
    })
    expect(await kept()).toEqual([1, 2, 4])
    const outcome = pool().transaction(async (tx) => {
      await tx.batch([insert(5), insert("wrong")]).catch(() => {})
      return tx.status
    })
    await expect(outcome).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK" })
    const unawaited = pool().transaction((tx) => void tx.batch([insert(6), insert("wrong")]))
    await expect(unawaited).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", cause: { statementIndex: 1 } })
    expect(await kept()).toEqual([1, 2, 4])
  })

  test("in a transaction begun by a statement it begins none", async () => {
    await pool().use(async (lease) => {
      void lease.query("BEGIN")
      await lease.batch([insert(1)])
      expect(lease.status).toBe("transaction")
      await lease.query("ROLLBACK")
    })
    expect(await kept()).toEqual([])
  })

  test("statements that would end the transaction, or cannot run in one, are refused", async () => {
    for (const sql of [
      "BEGIN",
      " /* a */ commit",
      "ROLLBACK TO a",
      "end",
      "SAVEPOINT a",
      "START TRANSACTION",
      "PREPARE TRANSACTION 'a'",
      "ABORT",
    ])
      await expect(pool().batch([insert(1), sql]), sql).rejects.toMatchObject({ code: "PGSD_INVALID_PARAMETER", statementIndex: 1 })
    await expect(pool().batch([insert(1), "COPY batched FROM STDIN"])).rejects.toMatchObject({
      code: "PGSD_UNSUPPORTED",
      statementIndex: 1,
    })
    await expect(pool().batch([insert(1), insert(Symbol("no"))])).rejects.toMatchObject({
      code: "PGSD_INVALID_PARAMETER",
      statementIndex: 1,
    })
    await expect(pool().batch([insert(1), "SELECT 1; SELECT 2"])).rejects.toMatchObject({ sqlState: "42601", statementIndex: 1 })
    await expect(pool().batch(["VACUUM", insert(1)])).rejects.toMatchObject({
      sqlState: "25001",
      statementIndex: 0,
      message: expect.stringContaining("VACUUM cannot run inside a transaction block"),
    })
    await expect(pool().batch(["LOCK TABLE batched", "SET LOCAL work_mem = '1MB'"])).resolves.toHaveLength(2)
    expect(await kept()).toEqual([])
    // @ts-expect-error
    await expect(pool().batch("SELECT 1")).rejects.toMatchObject({ code: "PGSD_INVALID_PARAMETER" })
    // @ts-expect-error
    await expect(pool().batch(["SELECT 1"], { prepare: true })).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
  })

  test("maxRows applies to each statement: exceeding it undoes the batch, and does not fail the surrounding transaction", async () => {
    const three = "SELECT n FROM generate_series(1, 3) n"
    const returning = "INSERT INTO batched SELECT generate_series(1, 3) RETURNING n"
    const limited = async (on: Queryable, maxRows: number) =>
      (await on.batch([insert(7), three, returning], { maxRows })).map(({ rowCount }) => rowCount)
    expect(await limited(pool(), 3)).toEqual([1, 3, 3])
    expect(await kept()).toEqual([1, 2, 3, 7])
    await pool().query("DELETE FROM batched")
    await expect(pool().batch([insert(7), returning], { maxRows: 2 })).rejects.toMatchObject({
      code: "PGSD_TOO_MANY_ROWS",
      maxRows: 2,
      statementIndex: 1,
      message: expect.stringMatching(/^statement 2 of 2 in the batch \(INSERT INTO batched .*more than maxRows \(2\) rows/),
    })
    await pool().transaction(async (tx) => {
      await tx.query(INSERT, [4])
      await expect(limited(tx, 2)).rejects.toMatchObject({ code: "PGSD_TOO_MANY_ROWS", statementIndex: 1 })
      expect(await limited(tx, 3)).toEqual([1, 3, 3])
    })
    expect(await kept()).toEqual([1, 2, 3, 4, 7])
    await expect(pool().batch([insert("wrong")], { maxRows: 1 })).rejects.toMatchObject({ sqlState: "22P02", statementIndex: 0 })
  })

  test("concurrent calls wait for it, and a failed one is cleaned up before they run", async () => {
    await pool().use(async (lease) => {
      const failing = lease.batch([insert(1), insert("wrong")]).catch(() => {})
      const beside = [lease.batch([insert(2)]), lease.query(INSERT, [3])]
      await Promise.all([failing, ...beside])
    })
    expect(await kept()).toEqual([2, 3])
  })
}

describe.each(DRIVERS)("batch over $name", ({ load }) => {
  let driver: Driver
  let pool: ConnectionPool
  beforeAll(async () => {
    driver = await load()
    pool = createConnectionPool({ driver, connection: server.connection(), max: 1, reset: "none" })
  })
  beforeEach(async () => {
    await server.sql("DROP TABLE IF EXISTS batched; CREATE TABLE batched (n int)")
  })
  afterAll(() => pool?.close())
  promises(() => pool)

  test("is one round trip, inside a transaction as well; a failure is two", async () => {
    await using proxy = await faultProxy({ host: server.host, port: server.port })
    await using through = createConnectionPool({ driver, connection: server.connection({ host: proxy.host, port: proxy.port }), max: 1 })
    const trips = async (work: () => Promise<unknown>) => {
      const before = proxy.roundTrips
      await work().catch(() => {})
      return proxy.roundTrips - before
    }
    await through.query("SELECT 1")
    expect(await trips(() => through.batch([insert(1), insert(2), "SELECT 1"]))).toBe(1)
    expect(await trips(() => through.batch([insert(1), insert("wrong")]))).toBe(2)
    await through.transaction(async (tx) => {
      expect(await trips(() => tx.batch(Array.from({ length: 100 }, (_, n) => insert(n))))).toBe(1)
    })
  })

  test("large parameters and large results can be sent at the same time", async () => {
    const megabyte = "x".repeat(1_000_000)
    const results = await pool.batch<{ t: string }>(
      Array.from({ length: 30 }, () => ({ text: "SELECT $1::text AS t", values: [megabyte] })),
    )
    expect(results.every(({ rows }) => rows[0]?.t === megabyte)).toBe(true)
  })

  test("an abort or a timeout ends it at once, without an effect", async () => {
    const reason = new Error("enough")
    const stop = new AbortController()
    const sleeping = [insert(1), "SELECT pg_sleep(20)", insert(2)]
    const aborted = pool.batch(sleeping, { signal: stop.signal })
    await expect
      .poll(
        async () =>
          (
            await server.sql(
              "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)' AND state = 'active' AND pid <> pg_backend_pid()",
            )
          ).length,
      )
      .toBe(1)
    stop.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    await expect(pool.batch(sleeping, { timeoutMs: 50 })).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT" })
    await expect(pool.batch(sleeping, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect((await pool.query("SELECT n FROM batched")).rows).toEqual([])
    await expect(pool.transaction((tx) => tx.batch(sleeping), { timeoutMs: 50 })).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT" })
    expect((await pool.query("SELECT n FROM batched")).rows).toEqual([])
  })

  test("a connection lost while the response is read leaves the outcome unknown, too: COMMIT was sent with the rest", async () => {
    await server.sql("CREATE TABLE kept (n int)")
    const session = sessionOf(await driver.connect(server.target()))
    const died = session.batch(["INSERT INTO kept VALUES (1)", "SET client_encoding TO 'LATIN1'"])
    await expect(died).rejects.toMatchObject({ code: "PGSD_COMMIT_UNKNOWN", cause: { code: "PGSD_ENCODING_CHANGED" } })
    expect(session.status).toBe("closed")
    expect(await server.sql("SELECT n::text FROM kept")).toEqual([{ n: "1" }])
    await server.sql("DROP TABLE kept")
  })

  test("after a loss the outcome is unknown; inside a transaction it is a lost connection", async () => {
    await using proxy = await faultProxy({ host: server.host, port: server.port })
    const session = async () => sessionOf(await driver.connect({ ...server.target(), host: proxy.host, port: proxy.port }))
    const alone = await session()
    const lost = alone.batch([insert(1), "SELECT pg_sleep(20)"])
    const failing = expect(lost).rejects.toMatchObject({ code: "PGSD_COMMIT_UNKNOWN", cause: { code: "PGSD_CONNECTION_LOST" } })
    await expect.poll(() => alone.status).toBe("busy")
    proxy.cut()
    await failing
    await expect(alone.batch([insert(1)])).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    const other = await session()
    const within = other.transaction(async (tx) => {
      const sent = tx.batch([insert(1)])
      proxy.cut()
      return sent
    })
    await expect(within).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
  })
})

describe("batch over pglite", () => {
  const driver = pgliteDriver()
  // PGlite starts in 1 s on an idle machine and in 15 s on a busy one.
  const pool = createConnectionPool({ driver, reset: "none", connectTimeoutMs: 100_000 })
  beforeAll(() => pool.ready({ acquireTimeoutMs: 100_000 }), 120_000)
  beforeEach(async () => {
    await pool.query("DROP TABLE IF EXISTS batched, mine, late; CREATE TABLE batched (n int)")
  })
  afterAll(async () => {
    await pool.close()
    await driver.close()
  })
  promises(() => pool)
})
