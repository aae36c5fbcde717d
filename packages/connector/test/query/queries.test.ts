import { createDatabaseConnector, type DatabaseConnector } from "@pgsd/connector"
import { type Queryable, QueryTimeoutError, TooManyRowsError } from "@pgsd/driver/calls"
import { fakeDriver } from "@pgsd/testing"
import { describe, expect, test } from "vitest"
import { sessionForEachTest } from "../support/sessions.ts"
import { SUBJECTS } from "../support/subjects.ts"

describe.each(SUBJECTS)("queries over %s", (name) => {
  let db: DatabaseConnector
  sessionForEachTest(name, (fresh) => {
    db = fresh
  })

  const openCursors = async () => (await db.one<{ count: string }>("SELECT count(*) FROM pg_catalog.pg_cursors")).count

  test("query returns rows, count, command and fields", async () => {
    const result = await db.query("SELECT n, n::text || $1 AS text FROM generate_series(1, 3) n", ["!"])
    expect(result).toMatchObject({ rows: [{ n: 1, text: "1!" }, { n: 2 }, { n: 3 }], rowCount: 3, command: "SELECT" })
    expect(result.fields.map((field) => field.name)).toEqual(["n", "text"])
  })

  test("a server error names its database", async () => {
    await expect(db.query("SELECT * FROM nowhere")).rejects.toMatchObject({
      code: "PGSD_QUERY_FAILED",
      sqlState: "42P01",
      label: db.info.label,
    })
  })

  test("one returns the only row, and rejects for none or two", async () => {
    expect(await db.one("SELECT 7 AS n")).toEqual({ n: 7 })
    await expect(db.one("SELECT 1 WHERE false")).rejects.toMatchObject({
      code: "PGSD_NOT_ONE_ROW",
      message: expect.stringContaining("none"),
    })
    await expect(db.one("SELECT generate_series(1, 2)")).rejects.toMatchObject({
      code: "PGSD_NOT_ONE_ROW",
      message: expect.stringContaining("2"),
    })
  })

  describe("maxRows", () => {
    test("accepts a result of that size unchanged", async () => {
      const plain = await db.query("SELECT generate_series(1, 3) AS n")
      expect(await db.query("SELECT generate_series(1, 3) AS n", undefined, { maxRows: 3 })).toEqual(plain)
      expect((await db.query("SELECT $1::int AS n WHERE false", [1], { maxRows: 0 })).rows).toEqual([])
    })

    test("refuses one row more, names the stream as the alternative, and leaves nothing behind", async () => {
      const error = await db.query("SELECT generate_series(1, 1000000)", undefined, { maxRows: 1000 }).catch((each: unknown) => each)
      expect(error).toBeInstanceOf(TooManyRowsError)
      expect(error).toMatchObject({
        code: "PGSD_TOO_MANY_ROWS",
        maxRows: 1000,
        hint: expect.stringContaining("stream()"),
        label: db.info.label,
      })
      expect(db.status).toBe("idle")
      expect(await openCursors()).toBe("0")
    })

    test.each([
      ["in parentheses, behind comments", "/* a */ -- b\n (SELECT generate_series(1, 5))"],
      ["VALUES", "VALUES (1), (2), (3)"],
      ["TABLE", "TABLE pg_catalog.pg_am"],
      ["WITH", "WITH n AS (SELECT generate_series(1, 4)) SELECT * FROM n"],
      ["SHOW", "SHOW ALL"],
      ["EXPLAIN", "EXPLAIN SELECT * FROM pg_catalog.pg_class, pg_catalog.pg_type"],
    ])("counts %s", async (_, sql) => {
      await expect(db.query(sql, undefined, { maxRows: 1 })).rejects.toBeInstanceOf(TooManyRowsError)
      expect((await db.query(sql, undefined, { maxRows: 10_000 })).rows.length).toBeGreaterThan(1)
      expect(db.status).toBe("idle")
    })

    test("writes of a statement that returns too many rows are undone", async () => {
      await db.query("CREATE TEMP TABLE written (n int)")
      const insert = "WITH inserted AS (INSERT INTO written SELECT generate_series(1, 3) RETURNING n) SELECT * FROM inserted"
      const tooMuch = (on: Queryable) => on.query("INSERT INTO written VALUES (4), (5) RETURNING n", undefined, { maxRows: 1 })
      const written = () => db.one("SELECT count(*)::int AS n FROM written")
      expect((await db.query(insert, undefined, { maxRows: 3 })).rows).toHaveLength(3)
      await expect(tooMuch(db)).rejects.toBeInstanceOf(TooManyRowsError)
      expect(await written()).toEqual({ n: 3 })
      await db.transaction(async (tx) => {
        await expect(tooMuch(tx)).rejects.toBeInstanceOf(TooManyRowsError)
        await tx.query("INSERT INTO written VALUES (6)")
      })
      expect(await written()).toEqual({ n: 4 })
    })

    test("undoing an oversized result does not undo concurrent writes of another call", async () => {
      await db.query("CREATE TEMP TABLE beside (n int)")
      const slow = db.query("SELECT n, pg_sleep(0.05) FROM generate_series(1, 9) n", undefined, { maxRows: 3 })
      const refused = slow.catch((error: unknown) => error)
      await db.query("INSERT INTO beside VALUES (1)")
      expect(await refused).toBeInstanceOf(TooManyRowsError)
      expect((await db.query("SELECT n FROM beside")).rows).toEqual([{ n: 1 }])
    })

    test("accepts any positive integer", async () => {
      for (const maxRows of [2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER])
        expect((await db.query("SELECT generate_series(1, 3)", undefined, { maxRows })).rows).toHaveLength(3)
    })

    test("works inside a transaction, which continues after a refusal", async () => {
      await db.transaction(async (tx) => {
        await expect(tx.query("SELECT generate_series(1, 3)", undefined, { maxRows: 2 })).rejects.toBeInstanceOf(TooManyRowsError)
        expect((await tx.query("SELECT generate_series(1, 2)", undefined, { maxRows: 2 })).rows).toHaveLength(2)
      })
    })

    test("concurrent calls on one connection take turns and never see each other's transaction", async () => {
      const sizes = Array.from({ length: 20 }, (_, index) => index)
      const ask = (size: number) => db.query(`SELECT generate_series(1, ${size}) AS n`, undefined, { maxRows: 10 })
      const outcomes = await Promise.allSettled(sizes.map(ask))
      expect(outcomes.map((each) => (each.status === "fulfilled" ? each.value.rows.length : each.reason.code))).toEqual(
        sizes.map((size) => (size <= 10 ? size : "PGSD_TOO_MANY_ROWS")),
      )
      expect(db.status).toBe("idle")
    })
  })

  test("an unknown option is refused with a suggestion", async () => {
    await expect(db.query("SELECT 1", [], { timeoutMS: 5 } as object)).rejects.toMatchObject({
      code: "PGSD_INVALID_OPTION",
      hint: 'did you mean "timeoutMs"?',
    })
    await expect(db.query("SELECT 1", [], { timeoutMs: 0 })).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
    await expect(db.query("SELECT 1", [], { maxRows: -1 })).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
  })

  test("an aborted signal rejects with its reason", async () => {
    const reason = new Error("enough")
    await expect(db.query("SELECT 1", undefined, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect((await db.query("SELECT 1 AS n")).rows).toEqual([{ n: 1 }])
  })

  test("testConnection answers true, and false after close", async () => {
    expect(await db.testConnection()).toBe(true)
    await db.close()
    expect(await db.testConnection()).toBe(false)
    expect(db.status).toBe("closed")
  })
})

describe("closing a connector", () => {
  test("calls onDispose once, and refuses all later calls by name", async () => {
    let disposed = 0
    const fake = fakeDriver()
    const connection = await fake.connect()
    const db = createDatabaseConnector(connection, {
      onDispose: async () => {
        disposed += 1
      },
    })
    await Promise.all([db.close(), db.close()])
    await db[Symbol.asyncDispose]()
    expect(disposed).toBe(1)
    const refused = { code: "PGSD_CONNECTOR_CLOSED", label: connection.info.label }
    await expect(db.query("SELECT 1")).rejects.toMatchObject(refused)
    await expect(db.transaction(async () => {})).rejects.toMatchObject(refused)
    await expect(db.stream("SELECT 1").next()).rejects.toMatchObject(refused)
    await expect(db.checkPermissions()).rejects.toMatchObject(refused)
    expect(fake.queries).toEqual([])
    await connection.close()
  })

  test("without onDispose closes the connection", async () => {
    const fake = fakeDriver()
    await createDatabaseConnector(await fake.connect()).close()
    expect(fake.leaks()).toEqual([])
  })
})

describe("a query timeout (fake server that never answers)", () => {
  test("rejects with QueryTimeoutError in time, and the connection is free again", async () => {
    const fake = fakeDriver()
    fake.answer("SELECT slow", { delayMs: Number.POSITIVE_INFINITY })
    const db = createDatabaseConnector(await fake.connect())
    const started = performance.now()
    await expect(db.query("SELECT slow", undefined, { timeoutMs: 40 })).rejects.toBeInstanceOf(QueryTimeoutError)
    expect(performance.now() - started).toBeLessThan(5_000)
    await expect.poll(() => db.status).toBe("idle")
    await db.close()
  })

  test("includes the wait for the end of another call", async () => {
    const fake = fakeDriver()
    fake.answer("SELECT slow", { delayMs: Number.POSITIVE_INFINITY })
    const db = createDatabaseConnector(await fake.connect())
    const stop = new AbortController()
    const slow = db.query("SELECT slow", undefined, { maxRows: 1, signal: stop.signal }).catch((error: unknown) => error)
    await expect.poll(() => fake.queries.at(-1)?.sql).toBe("SELECT slow")
    const reason = new Error("enough")
    await expect(db.query("SELECT 1", undefined, { timeoutMs: 30 })).rejects.toBeInstanceOf(QueryTimeoutError)
    await expect(db.query("SELECT 1", undefined, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const waiting = db.query("SELECT 2")
    stop.abort(reason)
    expect(await slow).toBe(reason)
    await waiting
    expect(fake.queries.map((query) => query.sql)).toEqual(["SELECT slow", "SELECT 2"])
    await db.close()
  })

  test("testConnection times out after its timeoutMs", async () => {
    const fake = fakeDriver()
    fake.answer("", { delayMs: Number.POSITIVE_INFINITY })
    const db = createDatabaseConnector(await fake.connect())
    expect(await db.testConnection({ timeoutMs: 30 })).toBe(false)
    await expect(db.testConnection({ signal: AbortSignal.timeout(30) })).rejects.toMatchObject({ name: "TimeoutError" })
    await db.close()
  })
})
