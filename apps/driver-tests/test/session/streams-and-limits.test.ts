import { statementKind } from "@pgsd/driver/session"
import { createConnectionPool } from "@pgsd/pool"
import { fakeDriver } from "@pgsd/testing"
import { describe, expect, test } from "vitest"
import { fakeSession } from "../support/fake-session.ts"

// What streams and maxRows send, for every way in which they can end; over a fake server.

const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))
const SELECT = "SELECT n FROM numbers"

async function taken(stream: AsyncIterable<unknown>, most = Number.POSITIVE_INFINITY): Promise<unknown[]> {
  const all: unknown[] = []
  if (most === 0) return all
  for await (const row of stream) if (all.push(row) >= most) break
  return all
}

async function withRows(count: number, sql = SELECT) {
  const all = await fakeSession()
  all.fake.answer(sql, rows(count))
  return all
}

describe("a stream", () => {
  test.each([
    [0, []],
    [1, []],
    [2, ["fetch 2"]],
    [3, ["fetch 2"]],
    [5, ["fetch 2", "fetch 2"]],
  ])("of %i rows fetches the rest, and commits", async (count, fetches) => {
    const { session, sent } = await withRows(count)
    expect(await taken(session.stream(SELECT, [], { batchSize: 2 }))).toEqual(rows(count))
    expect(sent()).toEqual(["BEGIN", SELECT, ...fetches, "COMMIT"])
    expect(session.status).toBe("idle")
  })

  test("has batches of a thousand rows", async () => {
    const { fake, session } = await withRows(1_000)
    await taken(session.stream(SELECT))
    expect(fake.queries.map(({ fetches }) => fetches)).toContain(1_000)
  })

  test("left early is rolled back, and sends nothing when nothing was read", async () => {
    const { session, sent } = await withRows(5)
    expect(await taken(session.stream(SELECT, [], { batchSize: 2 }), 1)).toEqual(rows(1))
    expect(sent()).toEqual(["BEGIN", SELECT, "ROLLBACK"])
    const unread = session.stream(SELECT)
    await unread.return?.()
    await unread[Symbol.asyncDispose]()
    expect(sent()).toHaveLength(3)
  })

  test("is rolled back when its signal fires while the consumer is at work; the next row is not given", async () => {
    const { session, sent } = await withRows(5)
    const stop = new AbortController()
    const stream = session.stream(SELECT, [], { batchSize: 2, signal: stop.signal })
    await stream.next()
    stop.abort(new Error("mine"))
    await session.query("SELECT 1")
    expect(sent()).toEqual(["BEGIN", SELECT, "ROLLBACK", "SELECT 1"])
    await expect(stream.next()).rejects.toThrow("mine")
    const left = new AbortController()
    expect(await taken(session.stream(SELECT, [], { signal: left.signal }), 1)).toEqual(rows(1))
    left.abort()
    expect(session.status).toBe("idle")
  })

  test("inside a transaction is closed when its signal fires: the transaction continues", async () => {
    const { session, sent } = await withRows(5)
    const stop = new AbortController()
    await session.transaction(async (tx) => {
      const stream = tx.stream(SELECT, [], { batchSize: 2, signal: stop.signal })
      await stream.next()
      stop.abort(new Error("mine"))
      await tx.query("SELECT 1")
      await expect(stream.next()).rejects.toThrow("mine")
    })
    expect(sent()).toEqual(["BEGIN", SELECT, "SELECT 1", "COMMIT"])
  })

  test("inside a transaction is only its portal, closed at its end or early", async () => {
    const { session, sent } = await withRows(3)
    await session.transaction(async (tx) => {
      expect(await taken(tx.stream(SELECT, [], { batchSize: 2 }))).toEqual(rows(3))
      expect(await taken(tx.stream(SELECT, [], { batchSize: 2 }), 1)).toEqual(rows(1))
      expect(tx.status).toBe("transaction")
    })
    expect(sent()).toEqual(["BEGIN", SELECT, "fetch 2", SELECT, "COMMIT"])
  })

  test("in a transaction begun by hand begins none of its own", async () => {
    const { session, sent } = await withRows(1)
    await session.query("BEGIN")
    expect(await taken(session.stream(SELECT))).toEqual(rows(1))
    const begun = session.query("ROLLBACK; BEGIN")
    expect(await taken(session.stream(SELECT))).toEqual(rows(1))
    await begun
    await session.query("ROLLBACK")
    expect(sent()).toEqual(["BEGIN", SELECT, "ROLLBACK; BEGIN", SELECT, "ROLLBACK"])
  })

  test("of a writing statement has the guarantees of COMMIT", async () => {
    const { fake, session } = await withRows(1, "INSERT INTO t VALUES (1) RETURNING n")
    fake.answer("COMMIT", { lose: { systemCode: "ECONNRESET" } })
    const writes = taken(session.stream("INSERT INTO t VALUES (1) RETURNING n"))
    await expect(writes).rejects.toMatchObject({ code: "PGSD_COMMIT_UNKNOWN" })
    const other = await withRows(1)
    other.fake.answer("COMMIT", { lose: { systemCode: "ECONNRESET" } })
    await expect(taken(other.session.stream(SELECT))).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
  })

  test("whose statement fails is rolled back, and its session continues", async () => {
    const { fake, session, sent } = await fakeSession()
    fake.answer(SELECT, { error: { sqlState: "42703" } })
    await expect(taken(session.stream(SELECT))).rejects.toMatchObject({ sqlState: "42703", label: "the database" })
    expect(sent()).toEqual(["BEGIN", SELECT, "ROLLBACK"])
    await session.query("SELECT 1")
  })

  test("blocks other calls on its session until it has ended", async () => {
    const { session } = await withRows(5)
    const stream = session.stream(SELECT, [], { batchSize: 2 })
    await stream.next()
    await expect(session.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_TRANSACTION_IN_USE" })
    await expect(taken(session.stream(SELECT))).rejects.toMatchObject({ code: "PGSD_TRANSACTION_IN_USE" })
    await stream.return?.()
    await session.query("SELECT 1")
  })

  test("refuses transaction control and invalid options", async () => {
    const { session, sent } = await fakeSession()
    await expect(taken(session.stream("COMMIT"))).rejects.toMatchObject({
      code: "PGSD_INVALID_PARAMETER",
      message: expect.stringContaining("COMMIT has no place in stream()"),
    })
    for (const options of [
      { batchSize: 0 },
      { batchSize: 1.5 },
      { batchSize: Number.POSITIVE_INFINITY },
      { prepare: true },
      { timeoutMs: 0 },
    ])
      expect(() => session.stream(SELECT, [], options as never)).toThrow(
        expect.objectContaining({ code: "PGSD_INVALID_OPTION", label: "the database" }),
      )
    expect(sent()).toEqual([])
  })

  test("is ended by its signal between two batches", async () => {
    const { session, sent } = await withRows(5)
    const stop = new AbortController()
    const stream = session.stream(SELECT, [], { batchSize: 1, signal: stop.signal })
    await stream.next()
    const reason = new Error("enough")
    stop.abort(reason)
    await expect(stream.next()).rejects.toBe(reason)
    await session.query("SELECT 1")
    expect(sent()).toEqual(["BEGIN", SELECT, "ROLLBACK", "SELECT 1"])
  })
})

describe("maxRows", () => {
  test.each([
    [SELECT, "reader", [SELECT]],
    ["INSERT INTO t VALUES (1) RETURNING n", "writer", ["BEGIN", "INSERT INTO t VALUES (1) RETURNING n", "COMMIT"]],
    ["EXPLAIN SELECT 1", "other", ["EXPLAIN SELECT 1"]],
    ["CALL p()", "other", ["CALL p()"]],
  ])("of %s, a %s", async (sql, kind, all) => {
    expect(statementKind(sql)).toBe(kind)
    const { session, sent } = await withRows(2, sql)
    expect((await session.query(sql, [], { maxRows: 2 })).rows).toEqual(rows(2))
    expect(sent()).toEqual(all)
    const more = await session.query(sql, [], { maxRows: 1 }).catch((error: unknown) => error)
    expect(more).toMatchObject({
      code: "PGSD_TOO_MANY_ROWS",
      maxRows: 1,
      label: "the database",
      message: expect.stringContaining("more than maxRows (1) rows"),
    })
    expect(sent().at(-1)).toBe(kind === "writer" ? "ROLLBACK" : sql)
    expect(session.status).toBe("idle")
  })

  test.each([
    ["VALUES (1)", "reader"],
    ["(TABLE t)", "reader"],
    ["-- x\nselect 1", "reader"],
    ["UPDATE t SET n = 1", "writer"],
    ["DELETE FROM t", "writer"],
    ["MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", "writer"],
    ["WITH x AS (DELETE FROM t RETURNING n) SELECT * FROM x", "writer"],
    ["with x as (select 1) insert into t select * from x", "writer"],
    ["WITH x AS (SELECT updated FROM t) SELECT * FROM x", "reader"],
    ["SELECT 1 AS n INTO t", "writer"],
    ["SELECT 'into' AS \"into\" -- into\n", "reader"],
    ["WITH x AS (SELECT 1 AS n) SELECT n INTO TEMP t FROM x", "writer"],
    ["EXPLAIN (ANALYZE) CREATE TABLE t AS SELECT 1", "writer"],
    ["EXPLAIN ANALYZE REFRESH MATERIALIZED VIEW v", "writer"],
    ["EXECUTE p", "writer"],
    ["SHOW all", "other"],
    ["", "other"],
  ])("reads %s as a %s", (sql, kind) => expect(statementKind(sql)).toBe(kind))

  test("of a writing statement is a savepoint inside a transaction, also one begun by hand", async () => {
    const sql = "DELETE FROM t RETURNING n"
    const { session, sent } = await withRows(2, sql)
    await session.transaction(async (tx) => {
      await tx.query(sql, [], { maxRows: 2 })
      await expect(tx.query(sql, [], { maxRows: 1 })).rejects.toMatchObject({ code: "PGSD_TOO_MANY_ROWS" })
      expect(tx.status).toBe("transaction")
    })
    await session.query("BEGIN")
    await session.query(sql, [], { maxRows: 2 })
    await session.query("ROLLBACK")
    expect(sent()).toEqual([
      "BEGIN",
      'SAVEPOINT "pgsd_savepoint_1"',
      sql,
      'RELEASE SAVEPOINT "pgsd_savepoint_1"',
      'SAVEPOINT "pgsd_savepoint_3"',
      sql,
      'ROLLBACK TO SAVEPOINT "pgsd_savepoint_3"; RELEASE SAVEPOINT "pgsd_savepoint_3"',
      "COMMIT",
      "BEGIN",
      'SAVEPOINT "pgsd_savepoint_5"',
      sql,
      'RELEASE SAVEPOINT "pgsd_savepoint_5"',
      "ROLLBACK",
    ])
  })

  test("of a reading statement issued during a BEGIN waits for it", async () => {
    const { session, sent } = await withRows(1)
    const begun = session.query("BEGIN")
    await session.query(SELECT, [], { maxRows: 1 })
    await begun
    expect(session.status).toBe("transaction")
    expect(sent()).toEqual(["BEGIN", SELECT])
  })

  test("keeps the caller's limits, and without one returns all rows", async () => {
    const { fake, session } = await withRows(3)
    expect((await session.query(SELECT, [], { maxRows: Number.POSITIVE_INFINITY })).rows).toHaveLength(3)
    fake.answer("SELECT slow", { delayMs: 10_000 })
    await expect(session.query("SELECT slow", [], { maxRows: 1, timeoutMs: 15 })).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT" })
  })
})

test("a stream that is left while another statement of its transaction runs costs neither the wait nor the session", async () => {
  const fake = fakeDriver()
  fake.answer("SELECT n", [{ n: 1 }, { n: 2 }])
  fake.answer("SELECT slow", { delayMs: 100 })
  await using pool = createConnectionPool({ driver: fake, connection: { host: "db", user: "app" }, resetTimeoutMs: 20 })
  await pool.transaction(async (tx) => {
    const rows = tx.stream("SELECT n", [], { batchSize: 1 })
    await rows.next()
    const slow = tx.query("SELECT slow")
    await rows.return?.()
    await slow
  })
  expect(fake.queries.at(-1)?.sql).toBe("COMMIT")
})
