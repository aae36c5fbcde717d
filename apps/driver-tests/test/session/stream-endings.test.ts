import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { Session } from "@pgsd/driver/calls"
import { createConnectionPool } from "@pgsd/pool"
import { fakeDriver } from "@pgsd/testing"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { fakeSession } from "../support/fake-session.ts"
import { turn } from "../support/unhandled.ts"

// What a stream leaves behind, by the way in which it ends; over a fake server.

const SELECT = "SELECT n FROM numbers"
const FUNCTION = "SELECT n FROM series()"
const NEVER = { delayMs: Number.POSITIVE_INFINITY }
const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))

async function kit() {
  const all = await fakeSession()
  for (const sql of [SELECT, FUNCTION]) all.fake.answer(sql, rows(3))
  const pipeline = vi.spyOn(all.connection, "pipeline")
  const closed = () => pipeline.mock.calls.flatMap(([steps]) => steps.flatMap((step) => ("close" in step ? [step.close] : [])))
  return { ...all, closed, pipeline }
}

async function read(stream: AsyncIterable<unknown>, most = Number.POSITIVE_INFINITY): Promise<number> {
  let count = 0
  for await (const _ of stream) if (++count >= most) break
  return count
}

describe("in a transaction the portal is closed", () => {
  test.each([
    ["at its end", Number.POSITIVE_INFINITY],
    ["when it is left", 1],
  ])("%s, once", async (_, most) => {
    const { session, closed } = await kit()
    await session.transaction(async (tx) => {
      await read(tx.stream(SELECT, [], { batchSize: 2 }), most)
      expect(closed()).toEqual(["pgsd_portal_1"])
    })
    expect(closed()).toEqual(["pgsd_portal_1"])
  })

  test("by the server, if a statement has failed", async () => {
    const { fake, session, closed, sent } = await kit()
    fake.answer("SELECT wrong", { error: { sqlState: "42703" } })
    const failed = session.transaction(async (tx) => {
      const stream = tx.stream(SELECT, [], { batchSize: 2 })
      await stream.next()
      await tx.query("SELECT wrong").catch(() => {})
      await stream.return?.()
      expect(tx.status).toBe("failed")
    })
    await expect(failed).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK" })
    expect([closed(), sent().at(-1)]).toEqual([[], "COMMIT"])
  })
})

test("it is cancelled with its transaction", async () => {
  const { fake, session, sent } = await kit()
  fake.answer("SELECT slow", NEVER)
  const stop = new AbortController()
  const reason = new Error("own")
  const work = session.transaction((tx) => tx.stream("SELECT slow").next(), { signal: stop.signal }).catch((error: unknown) => error)
  await expect.poll(() => fake.queries.length).toBe(2)
  stop.abort(reason)
  expect(await work).toBe(reason)
  await session.query("SELECT 1")
  expect(sent()).toEqual(["BEGIN", "SELECT slow", "ROLLBACK", "SELECT 1"])
})

test.each(["signal", "timeoutMs"] as const)("its %s rejects at once, and later calls wait for the rollback", async (limit) => {
  const { fake, session, sent } = await kit()
  let answer = () => {}
  fake.answer("SELECT slow", NEVER)
  fake.answer("ROLLBACK", () => new Promise((resolve) => (answer = () => resolve([]))))
  const stop = new AbortController()
  const limits = limit === "signal" ? { signal: stop.signal } : { timeoutMs: 20 }
  const next = session
    .stream("SELECT slow", [], limits)
    .next()
    .catch((error: unknown) => error)
  await expect.poll(() => fake.queries.length).toBeGreaterThan(1)
  stop.abort("own")
  expect(await next).toEqual(limit === "signal" ? "own" : expect.objectContaining({ code: "PGSD_QUERY_TIMEOUT" }))
  const later = session.query("SELECT 1")
  await expect.poll(() => sent()).toEqual(["BEGIN", "SELECT slow", "ROLLBACK"])
  answer()
  await later
})

describe("the COMMIT of a stream that reads", () => {
  test("is cancelled by its signal", async () => {
    const { fake, session } = await kit()
    fake.answer("COMMIT", NEVER)
    const stop = new AbortController()
    const reading = read(session.stream(SELECT, [], { signal: stop.signal })).catch((error: unknown) => error)
    await expect.poll(() => fake.queries.at(-1)?.sql).toBe("COMMIT")
    stop.abort("own")
    expect(await reading).toBe("own")
    session.destroy()
  })

  test.each([
    [
      "whose text calls a function has an unknown outcome if it is lost",
      FUNCTION,
      { lose: { systemCode: "ECONNRESET" } },
      "PGSD_COMMIT_UNKNOWN",
    ],
    ["that calls none is only lost", SELECT, { lose: { systemCode: "ECONNRESET" } }, "PGSD_CONNECTION_LOST"],
    ["that is refused is the server's error", FUNCTION, { error: { sqlState: "40001" } }, "PGSD_SERVER_ERROR"],
  ])("%s", async (_, sql, answer, code) => {
    const { fake, session } = await kit()
    fake.answer("COMMIT", answer)
    const error = await read(session.stream(sql)).catch((each: unknown) => each)
    expect(code === "PGSD_SERVER_ERROR" ? (error as { sqlState: string }).sqlState : (error as { code: string }).code).toBe(
      code === "PGSD_SERVER_ERROR" ? "40001" : code,
    )
  })

  test("that was not sent has no outcome", async () => {
    const { connection, session } = await kit()
    const stream = session.stream(FUNCTION)
    for (let n = 0; n < 3; n++) await stream.next()
    connection.kill()
    await expect(stream.next()).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
  })
})

test("in a failed transaction begun by hand it begins none", async () => {
  const { fake, session, sent } = await kit()
  fake.answer("SELECT wrong", { error: { sqlState: "42703" } })
  await session.query("BEGIN")
  await session.query("SELECT wrong").catch(() => {})
  await expect(session.stream(SELECT).next()).rejects.toMatchObject({ sqlState: "25P02" })
  expect([session.status, ...sent()]).toEqual(["failed", "BEGIN", "SELECT wrong", SELECT])
})

test("one that is aborted while it waits leaves the session to others", async () => {
  const { fake, session } = await kit()
  let answer = () => {}
  fake.answer("SELECT slow", () => new Promise((resolve) => (answer = () => resolve([]))))
  const slow = session.query("SELECT slow")
  const stop = new AbortController()
  const next = session.stream(SELECT, [], { signal: stop.signal }).next()
  next.catch(() => {})
  await turn()
  stop.abort("own")
  await expect(next).rejects.toBe("own")
  const later = session.query("SELECT 1")
  answer()
  await Promise.all([slow, later])
})

describe("an observer is told of one statement", () => {
  const events: { readonly sql: string; readonly rowCount?: number; readonly error?: unknown }[] = []
  const hear = (event: unknown) => void events.push(event as (typeof events)[number])
  beforeEach(() => {
    events.length = 0
    subscribe("pgsd:pool:query", hear)
  })
  afterEach(() => void unsubscribe("pgsd:pool:query", hear))

  test.each<[string, number | undefined, (session: Session) => Promise<unknown>]>([
    ["a stream in several batches", 3, (session) => read(session.stream(SELECT, [], { batchSize: 2 }))],
    ["a stream that is left", 2, (session) => read(session.stream(SELECT, [], { batchSize: 2 }), 1)],
    ["a query with maxRows", 3, (session) => session.query(SELECT, [], { maxRows: 3 })],
    ["a query with too many rows", 3, (session) => session.query(SELECT, [], { maxRows: 2 }).catch(() => {})],
    [
      "a stream that fails",
      undefined,
      (session) =>
        session
          .stream("SELECT wrong")
          .next()
          .catch(() => {}),
    ],
    ["a query with maxRows that fails", undefined, (session) => session.query("SELECT wrong", [], { maxRows: 2 }).catch(() => {})],
  ])("for %s", async (_, rowCount, call) => {
    const driver = fakeDriver()
    driver.answer(SELECT, rows(3))
    driver.answer("SELECT wrong", { error: { sqlState: "42703" } })
    await using pool = createConnectionPool({ driver, connection: { host: "db", user: "app" } })
    await pool.use(call)
    const error = rowCount === undefined ? { sqlState: "42703" } : undefined
    expect(events.filter(({ sql }) => sql.startsWith("SELECT"))).toMatchObject([
      error === undefined ? { sql: SELECT, rowCount } : { error },
    ])
    expect(events.filter(({ sql }) => sql.startsWith("SELECT")).map((event) => event.error !== undefined)).toEqual([error !== undefined])
  })
})

test("maxRows requests one row more", async () => {
  const { session, pipeline } = await kit()
  await session.query(SELECT, [], { maxRows: 5 })
  expect(pipeline.mock.calls[0]?.[0]).toMatchObject([{ sql: SELECT, rows: 6 }, { close: "pgsd_portal_1" }])
})

test.each([
  [
    { maxRows: 1, results: "all" as const },
    'maxRows limits a single statement, and results: "all" is for several',
    "use batch(statements, { maxRows })",
  ],
  [
    { maxRows: 1, prepare: "named" },
    "with maxRows no prepared statement is used, and prepare gives one a name",
    "leave out one of them, or use LIMIT",
  ],
])("%j is refused", async (options, fact, hint) => {
  const { session, sent } = await kit()
  await expect(session.query(SELECT, [], options)).rejects.toMatchObject({
    code: "PGSD_INVALID_OPTION",
    hint,
    message: expect.stringContaining(fact),
  })
  expect(sent()).toEqual([])
})
