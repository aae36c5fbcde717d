import pg from "pg"
import { expect, test } from "vitest"
import compat, * as exported from "../src/index.ts"
import { Pool } from "../src/index.ts"
import { eventually, next, scene } from "./support/scene.ts"

// Ports of pg-pool's own tests; intended differences are noted in the test.

const at = scene()

test("a pool is a pg.Pool, and all of pg's exports are exported, with this Pool instead", () => {
  expect(at.pool()).toBeInstanceOf(pg.Pool)
  expect(compat.Pool).toBe(Pool)
  for (const name of [
    "Client",
    "Connection",
    "Query",
    "DatabaseError",
    "types",
    "defaults",
    "escapeIdentifier",
    "escapeLiteral",
    "Result",
    "TypeOverrides",
  ] as const) {
    expect(exported[name], name).toBe(pg[name])
    expect(compat[name], name).toBe(pg[name])
  }
})

test("promises: connect, query, values and results are pg's own", async () => {
  const pool = at.pool()
  const sql = "SELECT $1::int8 AS eight, '2001-02-03'::date AS day, NULL AS nothing"
  const result = await pool.query(sql, [1])
  expect(result).toBeInstanceOf(pg.Result)
  expect(result.rows).toEqual([{ eight: "1", day: new Date(2001, 1, 3), nothing: null }])
  expect(result).toMatchObject({ command: "SELECT", rowCount: 1, fields: [{ name: "eight", dataTypeID: 20, dataTypeSize: 8 }, {}, {}] })
  const client = await pool.connect()
  expect(client).toBeInstanceOf(pg.Client)
  expect((await client.query({ text: "SELECT $1::text AS a", values: ["x"], rowMode: "array" })).rows).toEqual([["x"]])
  expect((await client.query({ name: "by-name", text: "SELECT $1::text AS a", values: ["y"] })).rows).toEqual([{ a: "y" }])
  const several = (await client.query("SELECT 1 AS a; SELECT 2 AS b")) as unknown as pg.QueryResult[]
  expect(several.map(({ rows }) => rows)).toEqual([[{ a: 1 }], [{ b: 2 }]])
  client.release()
  await pool.end()
  expect(pool.ended).toBe(true)
})

test("callbacks: nothing is returned, and none is called synchronously", async () => {
  const pool = at.pool()
  const order: string[] = []
  const row = await new Promise((resolve, reject) => {
    const returned = pool.connect((error, client, done) => {
      order.push("connected")
      if (error !== undefined) return reject(error)
      client!.query("SELECT $1::text AS name", ["brian"], (failure: Error, result: pg.QueryResult) => {
        done()
        failure ? reject(failure) : resolve(result.rows[0])
      })
    })
    expect(returned).toBeUndefined()
    order.push("returned")
  })
  expect(order).toEqual(["returned", "connected"])
  expect(row).toEqual({ name: "brian" })
  const plain = await new Promise<pg.QueryResult>((resolve, reject) => {
    expect(
      pool.query("SELECT 1 AS num", (error: Error, result: pg.QueryResult) => (error ? reject(error) : resolve(result))),
    ).toBeUndefined()
  })
  expect(plain.rows).toEqual([{ num: 1 }])
  await new Promise<void>((resolve) => expect(pool.end(resolve)).toBeUndefined())
})

test("a function as statement, and a missing statement, are refused in the caller's form", async () => {
  const pool = at.pool()
  const error = await new Promise((resolve) => pool.query(resolve as never))
  expect(error).toMatchObject({ message: "Passing a function as the first parameter to pool.query is not supported" })
  await expect(pool.query(null as never)).rejects.toThrow("Client was passed a null or undefined query")
  expect(pool.idleCount).toBe(1)
})

test("counts: at most max, callers wait in order, and a released client serves the first", async () => {
  const pool = at.pool({ max: 1 })
  const client = await pool.connect()
  expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 0, 0])
  const second = pool.connect()
  const third = pool.connect()
  expect(pool.waitingCount).toBe(2)
  client.release()
  const again = await second
  expect(again).toBe(client)
  again.release()
  ;(await third).release()
  expect([pool.totalCount, pool.idleCount, pool.waitingCount, pool.expiredCount]).toEqual([1, 1, 0, 0])
})

test("many concurrent queries never use more connections than max, and all are answered", async () => {
  const pool = at.pool({ poolSize: 3 } as never)
  const results = await Promise.all(Array.from({ length: 30 }, (_, n) => pool.query("SELECT $1::int AS n", [n])))
  expect(results.map(({ rows }) => rows[0].n)).toEqual(Array.from({ length: 30 }, (_, n) => n))
  expect(pool.totalCount).toBeLessThanOrEqual(3)
})

test("release: twice throws; with an error or true it removes the client", async () => {
  const pool = at.pool({ max: 1 })
  const client = await pool.connect()
  client.release()
  expect(() => client.release()).toThrow("Release called on client which has already been released to the pool.")
  expect(await pool.connect()).toBe(client)
  const removed = next(pool, "remove")
  client.release(new Error("broken"))
  expect(pool.totalCount).toBe(0)
  expect((await removed)[0]).toBe(client)
  const other = await pool.connect()
  expect(other).not.toBe(client)
  other.release(true)
  expect(pool.totalCount).toBe(0)
})

test("a client that its holder ended, or whose connection is lost, is not lent again", async () => {
  const pool = at.pool({ max: 1 })
  const ended = await pool.connect()
  void ended.end()
  ended.release()
  expect(pool.totalCount).toBe(0)
  const severed = await pool.connect()
  const reported = next(severed, "error")
  severed.connection.end()
  expect((await reported)[0]).toMatchObject({ message: "Connection terminated unexpectedly" })
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 0])
  severed.release()
  expect([pool.totalCount, pool.idleCount]).toEqual([0, 0])
  expect((await pool.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
})

test("events: connect once per connection and before the caller, acquire and release per borrow, remove at the end", async () => {
  const pool = at.pool({ max: 1 })
  const events: string[] = []
  for (const name of ["connect", "acquire", "remove"] as const) pool.on(name, () => events.push(name))
  pool.on("release", (error) => events.push(`release ${error?.message ?? "clean"}`))
  await pool.query("SELECT 1")
  const client = await pool.connect()
  client.release(new Error("mine"))
  await eventually(() => events.includes("remove"), "the client is removed")
  expect(events).toEqual(["connect", "acquire", "release clean", "acquire", "release mine", "remove"])
})

test("onConnect and verify: once per connection, awaited, and their exceptions reject the caller", async () => {
  const calls: string[] = []
  const pool = at.pool({
    max: 1,
    onConnect: async (client) => void calls.push((await client.query("SELECT 'hook' AS a")).rows[0].a),
    verify: (_client, done) => {
      calls.push("verify")
      done()
    },
  })
  await pool.query("SELECT 1")
  await pool.query("SELECT 1")
  expect(calls).toEqual(["hook", "verify"])
  await expect(at.pool({ verify: (_client, done) => done(new Error("nope")) }).connect()).rejects.toThrow(/^nope$/)
  const thrown = new Error("hook failed")
  const failing = at.pool({
    onConnect: () => {
      throw thrown
    },
  })
  expect(await failing.connect().catch((error: unknown) => error)).toBe(thrown)
  expect(failing.totalCount).toBe(0)
})

test("reset: session: onConnect and connect are called again for each session; the client is verified, counted and removed as one", async () => {
  const calls: string[] = []
  const pool = at.pool({
    max: 1,
    maxUses: 3,
    pgsd: { reset: "session" },
    log: (text) => void (text === "new client connected" && calls.push(text)),
    onConnect: () => void calls.push("hook"),
    verify: (_client, done) => {
      calls.push("verify")
      done()
    },
  })
  for (const name of ["connect", "remove"] as const) pool.on(name, () => calls.push(name))
  for (let use = 0; use < 3; use++) await pool.query("SELECT 1")
  await eventually(() => calls.includes("remove"), "the client is removed after its third use")
  await pool.end()
  expect(calls).toEqual(["hook", "new client connected", "connect", "verify", "hook", "connect", "hook", "connect", "remove"])
})

test("a SET sent by a connect listener without waiting is in force for the first caller", async () => {
  const pool = at.pool({ max: 2 })
  pool.on("connect", (client) => void client.query("SET search_path = elsewhere"))
  expect((await pool.query("SHOW search_path")).rows).toEqual([{ search_path: "elsewhere" }])
})

test("maxUses: the client is replaced after that many borrows", async () => {
  const messages: string[] = []
  const pool = at.pool({ max: 1, maxUses: 2, log: (text) => messages.push(text) })
  const first = await pool.connect()
  first.release()
  const second = await pool.connect()
  expect(second).toBe(first)
  second.release()
  const third = await pool.connect()
  expect(third).not.toBe(first)
  third.release()
  expect(messages).toContain("remove expended client")
})

test("maxLifetimeSeconds: an expired client is counted while it is leased, and replaced at release", async () => {
  const pool = at.pool({ max: 1, maxLifetimeSeconds: 0.05 })
  const client = await pool.connect()
  await eventually(() => pool.expiredCount === 1, "it expires")
  const removed = next(pool, "remove")
  client.release()
  expect((await removed)[0]).toBe(client)
  expect([pool.expiredCount, pool.totalCount]).toEqual([0, 0])
})

test("idleTimeoutMillis: an idle client above min is removed, those up to min stay", async () => {
  const pool = at.pool({ max: 2, min: 1, idleTimeoutMillis: 10 })
  const [one, two] = await Promise.all([pool.connect(), pool.connect()])
  const removed = next(pool, "remove")
  one.release()
  two.release()
  await removed
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
})

test("connectionTimeoutMillis: a caller times out with pg's message, and the next is served", async () => {
  const pool = at.pool({ max: 1, connectionTimeoutMillis: 1_000 })
  const client = await pool.connect()
  await expect(pool.connect()).rejects.toThrow(/^timeout exceeded when trying to connect$/)
  const error = await new Promise((resolve) => pool.query("SELECT 1", resolve as never))
  expect(error).toMatchObject({ message: "timeout exceeded when trying to connect", cause: { code: "PGSD_ACQUIRE_TIMEOUT" } })
  expect(pool.waitingCount).toBe(0)
  client.release()
  expect((await pool.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
})

test("end: work in progress finishes, later calls are refused, a second end is an error", async () => {
  const pool = at.pool({ max: 5 })
  const work = Promise.all(Array.from({ length: 20 }, () => pool.query("SELECT 1 AS a")))
  await pool.end()
  expect(await work).toHaveLength(20)
  for (const late of [pool.connect(), pool.query("SELECT 1")])
    await expect(late).rejects.toThrow(/^Cannot use a pool after calling end on the pool$/)
  await expect(pool.end()).rejects.toThrow("Called end on pool more than once")
  expect(pool).toMatchObject({ ending: true, ended: true, totalCount: 0 })
})

test("unlike in pg, a refused statement costs no connection, and its error's stack leads to the caller", async () => {
  const pool = at.pool({ max: 1 })
  const error = await pool.query("SELECT missing").catch((failure: unknown) => failure)
  expect(error).toBeInstanceOf(pg.DatabaseError)
  expect(error).toMatchObject({ code: "42703", severity: "ERROR", position: "8" })
  expect((error as Error).stack).toContain("pool.test.ts")
  expect(pool.totalCount).toBe(1)
})

test("unlike in pg, an open transaction is rolled back before the next caller", async () => {
  const pool = at.pool({ max: 1 })
  await pool.query("CREATE TABLE left_open (a int)")
  const client = await pool.connect()
  await client.query("BEGIN")
  void client.query("INSERT INTO left_open VALUES (1)")
  client.release()
  expect((await pool.query("SELECT count(*)::int AS n FROM left_open")).rows).toEqual([{ n: 0 }])
})

test("lost sessions: the process survives without a listener, the pool continues, a listener gets pg's error for idle clients", async () => {
  const silent = at.pool({ max: 2 })
  const received = at.pool({ max: 2 })
  await Promise.all([silent.query("SELECT 1"), received.query("SELECT 1")])
  const reported = next(received, "error")
  await at.terminateAll()
  const [error, client] = await reported
  expect(error).toBeInstanceOf(pg.DatabaseError)
  expect(error).toMatchObject({ code: "57P01", severity: "FATAL", message: "terminating connection due to administrator command", client })
  await eventually(() => silent.totalCount === 0, "the pool without a listener has noticed it")
  for (const pool of [silent, received]) expect((await pool.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
})

test("a callback or a listener that throws is an uncaught exception of the caller, and costs no connection", async () => {
  const pool = at.pool({ max: 1 })
  const others = process.listeners("uncaughtException")
  process.removeAllListeners("uncaughtException")
  const caught: unknown[] = []
  process.on("uncaughtException", (error) => caught.push((error as Error).message))
  try {
    pool.query("SELECT 1", () => {
      throw new Error("callback of query")
    })
    await eventually(() => caught.length === 1, "the first is thrown")
    pool.once("release", () => {
      throw new Error("listener")
    })
    const client = await pool.connect()
    client.query("SELECT 1", () => {
      throw new Error("callback of a client")
    })
    await client.query("SELECT 2")
    client.release()
    await eventually(() => caught.length === 3, "all are thrown")
  } finally {
    process.removeAllListeners("uncaughtException")
    for (const each of others) process.on("uncaughtException", each)
  }
  expect(caught).toEqual(["callback of query", "callback of a client", "listener"])
  expect(pool.totalCount).toBe(1)
})

test("the underlying pool is accessible", async () => {
  const pool = at.pool({ max: 1, pgsd: { label: "shop", validateAfterMs: 500 } })
  expect((await pool.pgsd.query("SELECT '{}'::jsonb AS a")).rows).toEqual([{ a: {} }])
  expect(pool.pgsd.label).toBe("shop")
  await expect(pool.pgsd.query("SELECT pg_sleep(5)", [], { timeoutMs: 20 })).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT" })
  expect(await pool.pgsd.healthCheck()).toMatchObject({ healthy: true })
})
