import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { setImmediate } from "node:timers/promises"
import { DatabaseConnectionError } from "@pgsd/driver"
import { createConnectionPool } from "@pgsd/pool"
import { fakeDriver } from "@pgsd/testing"
import { describe, expect, test, vi } from "vitest"
import { fakeSession } from "../support/fake-session.ts"

// What a batch sends, and its errors; over a fake server.

/** An object of which `key` throws. */
function unreadable(key: string | symbol, target: object = {}): object {
  return new Proxy(target, {
    has: () => true,
    get(...args) {
      if (args[1] === key) throw new Error("own")
      return Reflect.get(...args)
    },
  })
}

test("it sends BEGIN, the statements and COMMIT in one message, and returns the results of its statements", async () => {
  const { fake, session, sent } = await fakeSession()
  fake.answer("SELECT a", [{ a: 1 }])
  const results = await session.batch(["SELECT a", { text: "SELECT $1", values: [2] }])
  expect(results).toEqual([
    { rows: [{ a: 1 }], rowCount: 1, command: "SELECT", fields: [expect.objectContaining({ name: "a" })] },
    { rows: [], rowCount: 0, command: "SELECT", fields: [] },
  ])
  expect(sent()).toEqual(["BEGIN", "SELECT a", "SELECT $1", "COMMIT"])
  expect(fake.queries.map(({ pipelined, params }) => [pipelined, params])).toEqual([
    [true, []],
    [true, []],
    [true, [2]],
    [true, []],
  ])
})

test("inside a transaction, or one begun by hand, it sends only its statements", async () => {
  const { session, sent } = await fakeSession()
  await session.transaction((tx) => tx.batch(["SELECT 1"]))
  await session.query("BEGIN")
  await session.batch(["SELECT 2"])
  await session.query("ROLLBACK")
  // Sent before and not awaited: one of them begins it.
  const begun = session.query("BEGIN")
  await session.batch(["SELECT 3"])
  await begun
  await session.query("ROLLBACK")
  expect(sent()).toEqual(["BEGIN", "SELECT 1", "COMMIT", "BEGIN", "SELECT 2", "ROLLBACK", "BEGIN", "SELECT 3", "ROLLBACK"])
})

test("inside a transaction it waits for no statement that was sent before", async () => {
  const { fake, connection, session, sent } = await fakeSession()
  let answer = () => {}
  fake.answer("SELECT slow", () => new Promise((resolve) => (answer = () => resolve([]))))
  const pipeline = vi.spyOn(connection, "pipeline")
  await session.transaction(async (tx) => {
    void tx.query("SELECT slow")
    const batch = tx.batch(["SELECT 1"])
    await setImmediate()
    expect(pipeline).toHaveBeenCalledOnce()
    answer()
    await batch
  })
  expect(sent()).toEqual(["BEGIN", "SELECT slow", "SELECT 1", "COMMIT"])
})

test("a pool's observers are told of all its statements", async () => {
  const events: unknown[] = []
  const hear = (event: unknown) => void events.push(event)
  subscribe("pgsd:pool:query", hear)
  await using pool = createConnectionPool({ driver: fakeDriver(), connection: { host: "db", user: "app" } })
  await pool.batch(["SELECT 1", { text: "SELECT $1", values: [2] }]).finally(() => unsubscribe("pgsd:pool:query", hear))
  expect(events).toMatchObject([{ sql: "SELECT 1;\nSELECT $1", batch: ["SELECT 1", "SELECT $1"] }])
})

test("an empty batch sends nothing", async () => {
  const { session, sent } = await fakeSession()
  expect(await session.batch([])).toEqual([])
  expect(sent()).toEqual([])
})

test("options of the batch apply to statements without their own", async () => {
  const { fake, session } = await fakeSession()
  fake.answer(/^SELECT/, { wire: { columns: [["n", 23]], rows: [["1"]] } })
  const types = { 23: (text: string) => `n${text}` }
  const [plain, own] = await session.batch(["SELECT 1", { text: "SELECT 2", types: { 23: (text: string) => `own${text}` } }], {
    rowMode: "array",
    types,
  })
  expect([plain?.rows, own?.rows]).toEqual([[["n1"]], [["own1"]]])
  await session.batch([{ text: "SELECT $1", values: [undefined] }], { undefinedAs: "null" })
  expect(fake.queries.at(-2)?.encoded).toEqual([null])
})

describe("a failed statement", () => {
  test("is named with its index and its beginning, without quoted text, and everything is rolled back", async () => {
    const { fake, session, sent } = await fakeSession()
    fake.answer(/wrong/, { error: { sqlState: "42703", message: "no such column" } })
    const long = `SELECT wrong, 'secret',\n   ${"x, ".repeat(40)}1`
    const error = await session.batch(["SELECT 1", long, "SELECT 2"]).catch((each: unknown) => each)
    expect(error).toMatchObject({ sqlState: "42703", statementIndex: 1, label: "the database" })
    expect((error as Error).message).toMatch(
      /^statement 2 of 3 in the batch \(SELECT wrong, '', (?:x, )+x?,?…\): the database: no such column|^statement 2 of 3/,
    )
    expect((error as Error).message).not.toContain("secret")
    expect((error as Error).message).toContain("SELECT wrong, '', x, x,")
    expect((error as Error).message).toContain("…")
    expect(sent()).toEqual(["BEGIN", "SELECT 1", long, "ROLLBACK"])
    expect(session.status).toBe("idle")
  })

  test("fails the surrounding transaction, with its index among the caller's statements", async () => {
    const { fake, session } = await fakeSession()
    fake.answer(/wrong/, { error: { sqlState: "42703" } })
    const failed = session.transaction(async (tx) => {
      await expect(tx.batch(["SELECT wrong"])).rejects.toMatchObject({
        statementIndex: 0,
        message: expect.stringMatching(/^statement 1 of 1/),
      })
      expect(tx.status).toBe("failed")
    })
    await expect(failed).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK" })
  })

  test.each([
    ["BEGIN", "BEGIN"],
    ["COMMIT", "COMMIT"],
  ])("that is not the caller's has no index: %s", async (_, sql) => {
    const { fake, session } = await fakeSession()
    fake.answer(sql, { error: { sqlState: "23514", message: "deferred" } })
    const error = await session.batch(["SELECT 1"]).catch((each: unknown) => each)
    expect(error).toMatchObject({ sqlState: "23514" })
    expect(error).not.toHaveProperty("statementIndex")
    expect((error as Error).message).not.toContain("statement")
  })

  test("that loses the connection leaves the outcome unknown", async () => {
    const { fake, session } = await fakeSession()
    fake.answer("COMMIT", { lose: { systemCode: "ECONNRESET" } })
    await expect(session.batch(["SELECT 1"])).rejects.toMatchObject({
      code: "PGSD_COMMIT_UNKNOWN",
      label: "the database",
      cause: { code: "PGSD_CONNECTION_LOST" },
      message: expect.stringContaining("the connection was lost while COMMIT was under way"),
    })
    // Nothing was sent on a connection that was already closed.
    await expect(session.batch(["SELECT 1"])).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
  })
})

describe("an error of the connection", () => {
  const tooLarge = () => new DatabaseConnectionError("PGSD_VALUE_TOO_LARGE", "a row is too large", { host: "db" })
  const ended = () =>
    new DatabaseConnectionError("PGSD_CONNECTION_LOST", "terminating", { host: "db", sqlState: "57P01", severity: "FATAL" })

  test.each([
    ["that ended it leaves the outcome unknown", tooLarge, true, "PGSD_COMMIT_UNKNOWN"],
    ["that did not end it is the statement's", tooLarge, false, "PGSD_VALUE_TOO_LARGE"],
    ["after which it is about to end leaves the outcome unknown", ended, false, "PGSD_COMMIT_UNKNOWN"],
  ])("%s", async (_, errorOf, ends, code) => {
    const { connection, session } = await fakeSession()
    vi.spyOn(connection, "pipeline").mockImplementation(async () => {
      if (ends) connection.destroy()
      throw errorOf()
    })
    await expect(session.batch(["SELECT 1"])).rejects.toMatchObject({ code, label: "the database" })
  })
})

describe("the message of a failed statement", () => {
  const messageOf = async (statement: unknown) => {
    const { fake, session } = await fakeSession()
    fake.answer((query) => !/^(?:BEGIN|ROLLBACK|SELECT 1)$/.test(query.sql), { error: { sqlState: "42601", message: "no" } })
    const error = (await session.batch([statement as string, "SELECT 1"]).catch((each: unknown) => each)) as Error
    expect(error).toMatchObject({ statementIndex: 0 })
    return error.message
  }
  const sixty = "x".repeat(60)

  test.each([
    ["up to 60 characters", sixty, `statement 1 of 2 in the batch (${sixty}): no`],
    ["more", `${sixty}y`, `statement 1 of 2 in the batch (${sixty}…): no`],
    ["white space", " a\n  b ", "statement 1 of 2 in the batch (a b): no"],
    ["nothing but a comment", "/* x */ -- y", "statement 1 of 2 in the batch: no"],
    ["an object with text", { text: "a", values: [] }, "statement 1 of 2 in the batch (a): no"],
    ["a refused string", "begin", expect.stringMatching(/^statement 1 of 2 in the batch \(begin\): BEGIN /)],
    ["a refused object with text", { text: "begin" }, expect.stringMatching(/^statement 1 of 2 in the batch \(begin\): BEGIN /)],
    ["a refused object with sql", { sql: "begin", values: [] }, expect.stringMatching(/^statement 1 of 2 in the batch \(begin\): /)],
    ["a number", 7, expect.stringMatching(/^statement 1 of 2 in the batch: /)],
    ["null", null, expect.stringMatching(/^statement 1 of 2 in the batch: /)],
    ["an object that cannot be read", unreadable("text"), expect.stringMatching(/^statement 1 of 2 in the batch: /)],
  ])("begins with its text: %s", async (_, statement, message) => {
    expect(await messageOf(statement)).toEqual(message)
  })
})

describe("maxRows", () => {
  const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))
  const kit = async () => {
    const all = await fakeSession()
    all.fake.answer("SELECT two", rows(2))
    all.fake.answer("SELECT three", rows(3))
    return all
  }

  test("holds for each statement, and a result that is too large rolls everything back", async () => {
    const { session, sent } = await kit()
    const results = await session.batch(["SELECT two", "SELECT 0", "SELECT two"], { maxRows: 2 })
    expect(results.map((each) => each.rows.length)).toEqual([2, 0, 2])
    for (const [statements, statementIndex] of [
      [["SELECT three", "SELECT two"], 0],
      [["SELECT two", "SELECT three"], 1],
    ] as const)
      await expect(session.batch(statements, { maxRows: 2 })).rejects.toMatchObject({
        code: "PGSD_TOO_MANY_ROWS",
        statementIndex,
        label: "the database",
        message: expect.stringContaining(`statement ${statementIndex + 1} of 2 in the batch (SELECT three): `),
      })
    const whole = (...statements: string[]) => ["BEGIN", ...statements]
    expect(sent()).toEqual([
      ...whole("SELECT two", "SELECT 0", "SELECT two", "COMMIT"),
      ...whole("SELECT three", "SELECT two", "ROLLBACK"),
      ...whole("SELECT two", "SELECT three", "ROLLBACK"),
    ])
  })

  test("one row more is requested, and no more than the protocol can ask for", async () => {
    const { session, fake } = await kit()
    const limits: unknown[] = []
    const pipeline = vi.spyOn(fake.connections[0]!, "pipeline")
    for (const maxRows of [0, 2, Number.MAX_SAFE_INTEGER]) await session.batch(["SELECT two"], { maxRows }).catch(() => {})
    for (const [steps] of pipeline.mock.calls) for (const step of steps) if ("rows" in step) limits.push(step.rows)
    expect(limits).toEqual([1, 3, 2 ** 31 - 1])
  })

  test("inside a transaction costs it only a savepoint", async () => {
    const { session, sent } = await kit()
    await session.transaction(async (tx) => {
      await expect(tx.batch(["SELECT three"], { maxRows: 2 })).rejects.toMatchObject({ code: "PGSD_TOO_MANY_ROWS" })
      expect((await tx.batch(["SELECT two"], { maxRows: 2 }))[0]?.rows).toHaveLength(2)
    })
    const name = (n: number) => `"pgsd_savepoint_${n}"`
    expect(sent()).toEqual([
      ...["BEGIN", `SAVEPOINT ${name(1)}`, "SELECT three", `ROLLBACK TO SAVEPOINT ${name(1)}; RELEASE SAVEPOINT ${name(1)}`],
      ...[`SAVEPOINT ${name(2)}`, "SELECT two", `RELEASE SAVEPOINT ${name(2)}`, "COMMIT"],
    ])
  })
})

describe("refused without sending", () => {
  test.each([
    ["no array", "SELECT 1", /takes an array/],
    ["nothing", undefined, /takes an array/],
    ["an array that cannot be read", unreadable(Symbol.iterator, []), /^the array of statements cannot be read/],
  ])("%s", async (_, statements, message) => {
    const { session, sent } = await fakeSession()
    await expect(session.batch(statements as never)).rejects.toMatchObject({
      code: "PGSD_INVALID_PARAMETER",
      message: expect.stringMatching(message),
    })
    expect(sent()).toEqual([])
  })

  test.each([
    ["a hole", Object.assign(new Array(2), { 1: "SELECT 1" }), 0],
    ["a number", ["SELECT 1", 7], 1],
    ["null", ["SELECT 1", null], 1],
    ["an object without text", ["SELECT 1", {}], 1],
    ["a slonik token of its own kind, with a bad statement behind", [{ type: "SLONIK_TOKEN_QUERY", sql: "SELECT 1", values: [] }, 7], 1],
    ["BEGIN", ["SELECT 1", "/* x */ begin"], 1],
    ["PREPARE TRANSACTION", ["SELECT 1", " prepare  transaction 'x'"], 1],
  ])("a batch with %s, with its index", async (_, statements, statementIndex) => {
    const { session, sent } = await fakeSession()
    await expect(session.batch(statements as never)).rejects.toMatchObject({
      code: "PGSD_INVALID_PARAMETER",
      statementIndex,
      label: "the database",
      message: expect.stringContaining(`statement ${statementIndex + 1} of ${statements.length} in the batch`),
    })
    expect(sent()).toEqual([])
  })

  test.each(["abort", "begin", "commit", "end", "release", "rollback", "savepoint", "start"])("%s", async (word) => {
    const { session, sent } = await fakeSession()
    await expect(session.batch([`${word} x`])).rejects.toMatchObject({
      code: "PGSD_INVALID_PARAMETER",
      message: expect.stringContaining(`${word.toUpperCase()} has no place in batch(), which is all or nothing`),
      hint: expect.stringContaining("transaction()"),
    })
    expect(sent()).toEqual([])
    // PREPARE of a statement is no transaction control.
    await session.batch(["PREPARE transactional AS SELECT 1"])
  })
})

test("an abort rejects at once and the rollback follows; later calls wait for it", async () => {
  const { fake, session, sent } = await fakeSession()
  fake.answer("SELECT slow", { delayMs: Number.POSITIVE_INFINITY })
  const stop = new AbortController()
  const reason = new Error("enough")
  const batch = session.batch(["SELECT slow"], { signal: stop.signal }).catch((error: unknown) => error)
  await expect.poll(() => fake.queries.length).toBe(2)
  const behind = session.query("SELECT behind")
  stop.abort(reason)
  expect(await batch).toBe(reason)
  await behind
  await setImmediate()
  expect(sent()).toEqual(["BEGIN", "SELECT slow", "ROLLBACK", "SELECT behind"])
})

test("an abort waits for no rollback, and may have any reason", async () => {
  const { fake, session } = await fakeSession()
  for (const sql of ["SELECT slow", "ROLLBACK"]) fake.answer(sql, { delayMs: Number.POSITIVE_INFINITY })
  const stop = new AbortController()
  const batch = session.batch(["SELECT slow"], { signal: stop.signal }).catch((error: unknown) => error)
  await expect.poll(() => fake.queries.length).toBe(2)
  stop.abort("enough")
  expect(await batch).toBe("enough")
  session.destroy()
})

test("inside a failed transaction begun by hand, it begins none", async () => {
  const { fake, session, sent } = await fakeSession()
  fake.answer("SELECT wrong", { error: { sqlState: "42703" } })
  await session.query("BEGIN")
  await session.query("SELECT wrong").catch(() => {})
  await expect(session.batch(["SELECT 1"])).rejects.toMatchObject({ sqlState: "25P02", statementIndex: 0 })
  expect([session.status, ...sent()]).toEqual(["failed", "BEGIN", "SELECT wrong", "SELECT 1"])
})

test("its timeout is for the whole, including the wait before it", async () => {
  const { fake, session, sent } = await fakeSession()
  fake.answer("SELECT slow", { delayMs: 10_000 })
  const slow = session.query("SELECT slow").catch(() => {})
  await expect(session.batch(["SELECT 1"], { timeoutMs: 20 })).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT", timeoutMs: 20 })
  expect(sent()).toEqual(["SELECT slow"])
  session.destroy()
  await slow
})

test.each(["PREPARE TRANSACTION 'x'", "; PREPARE TRANSACTION 'x'", "; -- c\n;COMMIT", "(COMMIT)"])("%j has no place in it", async (sql) => {
  const { session, sent } = await fakeSession()
  await expect(session.batch(["SELECT 1", sql])).rejects.toMatchObject({ code: "PGSD_INVALID_PARAMETER", statementIndex: 1 })
  await expect(session.stream(sql).next()).rejects.toMatchObject({ code: "PGSD_INVALID_PARAMETER" })
  expect(sent()).toEqual([])
})
