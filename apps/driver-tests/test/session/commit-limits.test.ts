import type { Session } from "@pgsd/driver/calls"
import { type ConnectionPool, createConnectionPool } from "@pgsd/pool"
import { fakeDriver } from "@pgsd/testing"
import { describe, expect, test } from "vitest"
import { fakeSession } from "../support/fake-session.ts"

// A call that commits by itself: its timeoutMs bounds COMMIT, too, with the outcome that is unknown then.

const CALLS: Readonly<Record<string, (session: Session, timeoutMs: number) => Promise<unknown>>> = {
  "a writing query with maxRows": (session, timeoutMs) => session.query("INSERT INTO t VALUES (1)", [], { maxRows: 5, timeoutMs }),
  "a batch with maxRows": (session, timeoutMs) => session.batch(["SELECT 1"], { maxRows: 5, timeoutMs }),
  "a writing stream": (session, timeoutMs) => session.stream("INSERT INTO t VALUES (1) RETURNING 1", [], { timeoutMs }).next(),
}

describe.each(Object.entries(CALLS))("%s", (_, call) => {
  test("whose COMMIT is not answered", async () => {
    const { fake, session } = await fakeSession()
    fake.answer("COMMIT", { delayMs: Number.POSITIVE_INFINITY })
    await expect(call(session, 30)).rejects.toMatchObject({
      code: "PGSD_COMMIT_UNKNOWN",
      message: expect.stringContaining("within timeoutMs (30 ms)"),
      cause: { code: "PGSD_QUERY_TIMEOUT", timeoutMs: 30, message: expect.stringContaining("its timeoutMs of 30 ms") },
    })
    expect(session.status).toBe("closed")
  })
})

test("a reading stream has commitTimeoutMs for its COMMIT, too", async () => {
  const fake = fakeDriver()
  fake.answer("COMMIT", { delayMs: Number.POSITIVE_INFINITY })
  await using pool = createConnectionPool({ driver: fake, connection: { host: "db", user: "app" }, commitTimeoutMs: 30 })
  const message = expect.stringContaining("longer than commitTimeoutMs of 30 ms")
  await expect(pool.stream("SELECT 1").next()).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT", timeoutMs: 30, message })
  await expect(pool.transaction(() => 1, { readOnly: true })).rejects.toMatchObject({ timeoutMs: 30, message })
})

test.each(["timeoutMs", "commitTimeoutMs"] as const)(
  "a reading stream that calls a function may have written: COMMIT beyond %s",
  async (option) => {
    const fake = fakeDriver()
    fake.answer("COMMIT", { delayMs: Number.POSITIVE_INFINITY })
    await using pool = createConnectionPool({
      driver: fake,
      connection: { host: "db", user: "app" },
      ...(option === "commitTimeoutMs" && { commitTimeoutMs: 30 }),
    })
    const stream = pool.stream("SELECT f()", [], option === "timeoutMs" ? { timeoutMs: 30 } : {})
    const message = expect.stringContaining(`within ${option} (30 ms)`)
    await expect(stream.next()).rejects.toMatchObject({ code: "PGSD_COMMIT_UNKNOWN", message, cause: { code: "PGSD_QUERY_TIMEOUT" } })
  },
)

const POOLED: Readonly<Record<string, (pool: ConnectionPool) => Promise<unknown>>> = {
  query: (pool) => pool.query("SELECT slow"),
  "query in a transaction": (pool) => pool.transaction((tx) => tx.query("SELECT slow")),
  "query with maxRows": (pool) => pool.query("SELECT slow", [], { maxRows: 1 }),
  "a writing query with maxRows": (pool) => pool.query("INSERT slow", [], { maxRows: 1 }),
  batch: (pool) => pool.batch(["SELECT slow"]),
  "batch with maxRows": (pool) => pool.batch(["SELECT slow"], { maxRows: 1 }),
  stream: (pool) => pool.stream("SELECT slow").next(),
  copyFrom: (pool) => pool.copyFrom("COPY slow FROM STDIN", ["1\n"]),
  copyTo: (pool) => pool.copyTo("COPY slow TO STDOUT").next(),
  pipeline: (pool) => pool.use((lease) => lease.pipeline([{ sql: "SELECT slow" }])),
}

test.each(Object.entries(POOLED))("%s without a timeoutMs names the pool's queryTimeoutMs", async (_, call) => {
  const fake = fakeDriver()
  fake.answer(/slow/, { delayMs: Number.POSITIVE_INFINITY })
  await using pool = createConnectionPool({ driver: fake, connection: { host: "db", user: "app" }, queryTimeoutMs: 30 })
  await expect(call(pool)).rejects.toMatchObject({
    code: "PGSD_QUERY_TIMEOUT",
    timeoutMs: 30,
    message: expect.stringContaining("the pool's queryTimeoutMs of 30 ms"),
    hint: expect.stringContaining("raise queryTimeoutMs, give the call a timeoutMs of its own"),
  })
})

test("maxRows with several statements is refused before anything is sent; a semicolon in quotes is none", async () => {
  const { session, sent } = await fakeSession()
  await expect(session.query("SELECT 1; SELECT 2", [], { maxRows: 5 })).rejects.toMatchObject({
    code: "PGSD_INVALID_OPTION",
    label: "the database",
    hint: expect.stringContaining("batch("),
  })
  expect(sent()).toEqual([])
  await session.query("SELECT '; SELECT 2';", [], { maxRows: 5 })
})

test.each(["EXECUTE writes", "EXPLAIN ANALYZE INSERT INTO t VALUES (1)", "explain (analyze) execute writes"])(
  "what %s wrote is undone when its rows exceed maxRows",
  async (sql) => {
    const { fake, session, sent } = await fakeSession()
    fake.answer(sql, [{ n: 1 }, { n: 2 }])
    await expect(session.query(sql, [], { maxRows: 1 })).rejects.toMatchObject({ code: "PGSD_TOO_MANY_ROWS" })
    expect(sent()).toEqual(["BEGIN", sql, "ROLLBACK"])
  },
)

test("transaction() without a function is refused before anything is sent", async () => {
  const { session, sent } = await fakeSession()
  const error = { code: "PGSD_INVALID_PARAMETER", label: "the database", message: expect.stringContaining("must be a function") }
  await expect(session.transaction(undefined as never)).rejects.toMatchObject(error)
  expect(sent()).toEqual([])
  await session.transaction(async (tx) => expect(tx.transaction("x" as never)).rejects.toMatchObject(error)).catch(() => {})
  expect(sent()).not.toContainEqual(expect.stringContaining("SAVEPOINT"))
  await using pool = createConnectionPool({ driver: fakeDriver(), connection: { host: "db", user: "app" }, label: "the database" })
  await expect(pool.transaction({} as never)).rejects.toMatchObject(error)
  await expect(pool.use(null as never)).rejects.toMatchObject(error)
})

test("maxRows with the name of a prepared statement is refused before anything is sent; with prepare: true it is not", async () => {
  const { session, sent } = await fakeSession()
  await expect(session.query("SELECT 1", [], { maxRows: 5, prepare: "mine" })).rejects.toMatchObject({
    code: "PGSD_INVALID_OPTION",
    message: expect.stringContaining("with maxRows no prepared statement is used"),
  })
  expect(sent()).toEqual([])
  await session.query("SELECT 1", [], { maxRows: 5, prepare: true })
  await session.query("SELECT 1", [], { maxRows: Number.POSITIVE_INFINITY, prepare: "mine" })
})
