import type { Session, TransactionOptions } from "@pgsd/driver/calls"
import { describe, expect, test } from "vitest"
import { fakeSession } from "../support/fake-session.ts"

// What calls accept and refuse, and what they send for it; over a fake server.

type Call = (session: Session, options: object) => Promise<unknown>

const CALLS: Readonly<Record<string, Call>> = {
  query: (session, options) => session.query("SELECT 1", [], options),
  one: (session, options) => session.one("SELECT 1", [], options),
  maybeOne: (session, options) => session.maybeOne("SELECT 1", [], options),
  notify: (session, options) => session.notify("channel", "", options),
  batch: (session, options) => session.batch(["SELECT 1"], options),
  stream: (session, options) => drained(session.stream("SELECT 1", [], options)),
  copyFrom: (session, options) => session.copyFrom("COPY t FROM STDIN", [], options),
  copyTo: (session, options) => drained(session.copyTo("COPY t TO STDOUT", options)),
  transaction: (session, options) => session.transaction(async () => {}, options),
  savepoint: (session, options) => session.transaction((tx) => tx.transaction(async () => {}, options)),
}

async function drained(parts: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of parts) void _
}

const only = (...names: string[]) => names
const ALL = Object.keys(CALLS)
const STATEMENTS = only("query", "one", "maybeOne")

/** Each option with invalid values, and the error message. */
const REFUSED: readonly (readonly [option: string, calls: readonly string[], values: readonly unknown[], says: RegExp])[] = [
  ["timeoutMs", ALL, [0, -1, Number.NaN, "5", null], /timeoutMs must be a number of milliseconds greater than 0, or Infinity/],
  ["signal", ALL, [{}, "x", new AbortController()], /signal must be an AbortSignal/],
  ["maxRows", STATEMENTS, [-1, 1.5, "5", null], /maxRows must be an integer ≥ 0, or Infinity/],
  ["prepare", STATEMENTS, [1, "", null], /prepare/],
  ["types", only("query", "batch", "stream"), [1, "x", null], /types must be an object of parsers by type OID/],
  ["types", only("query", "batch", "stream"), [{ 20: "x" }, { 20: null }], /types must be .*, not one with no function for 20/],
  ["types", only("query", "batch", "stream"), [{ getTypeParser: () => null }], /types must be .*, not one with getTypeParser\(\)/],
  ["rowMode", only("query", "batch", "stream"), ["object", true, null], /rowMode must be one of "array"/],
  ["undefinedAs", only("query", "batch", "stream", "copyFrom"), ["undefined", true, null], /undefinedAs must be one of "null"/],
  ["batchSize", only("stream"), [0, -1, 1.5, Number.POSITIVE_INFINITY, null], /batchSize must be an integer ≥ 1/],
  [
    "isolation",
    only("transaction"),
    ["snapshot", "SERIALIZABLE", null],
    /isolation must be one of "read committed", "repeatable read", "serializable"/,
  ],
  ["readOnly", only("transaction"), [1, null], /readOnly must be true or false/],
  ["deferrable", only("transaction"), [1, null], /deferrable must be true or false/],
  ["retries", only("transaction"), [-1, 0.5, null], /retries must be an integer ≥ 0, or Infinity/],
  ["commitTimeoutMs", only("transaction"), [0, -1, null], /commitTimeoutMs must be a number of milliseconds/],
  ["settings", only("transaction"), [1, null, "x"], /settings must be an object of strings/],
  ["settings", only("transaction"), [{ work_mem: 5 }, { work_mem: null }], /settings\["work_mem"\] must be a string/],
  ["unheard", ALL, [1], /unknown option of .* "unheard"/],
  ["maxRows", only("stream", "notify", "copyFrom", "copyTo", "transaction"), [5], /unknown option of/],
  ["prepare", only("batch", "stream"), [true], /unknown option of/],
  ["retries", only("savepoint"), [1], /unknown option of a nested transaction "retries"/],
]

describe.each(REFUSED)("option %s", (option, calls, values, says) => {
  test.each(calls)(`%s refuses ${JSON.stringify(values)}`, async (name) => {
    for (const value of values) {
      const { session, sent } = await fakeSession()
      const call = async () => CALLS[name]!(session, { [option]: value })
      await expect(call(), String(value)).rejects.toMatchObject({
        code: "PGSD_INVALID_OPTION",
        label: "the database",
        message: expect.stringMatching(says),
      })
      expect(sent().filter((sql) => sql !== "BEGIN" && sql !== "ROLLBACK")).toEqual([])
    }
  })
})

test.each(ALL)("%s accepts undefined for any option", async (name) => {
  const { fake, session } = await fakeSession()
  fake.answer("SELECT 1", [{ n: 1 }])
  await CALLS[name]!(session, { signal: undefined, timeoutMs: undefined })
  await CALLS[name]!(session, { timeoutMs: Number.POSITIVE_INFINITY, signal: new AbortController().signal })
})

test.each(ALL)("%s refuses options that are not an object", async (name) => {
  for (const options of [null, "5", 5]) {
    const { session } = await fakeSession()
    const call = async () => CALLS[name]!(session, options as never)
    await expect(call()).rejects.toMatchObject({
      code: "PGSD_INVALID_OPTION",
      message: expect.stringContaining("options must be an object"),
    })
  }
})

test.each(ALL)("%s with an aborted signal sends nothing, and rejects with its reason", async (name) => {
  const { session, sent } = await fakeSession()
  const reason = new Error("no longer wanted")
  await expect(CALLS[name]!(session, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(sent().filter((sql) => sql !== "BEGIN" && sql !== "ROLLBACK")).toEqual([])
})

test.each<[TransactionOptions, string]>([
  [{}, "BEGIN"],
  [{ isolation: "read committed" }, "BEGIN ISOLATION LEVEL READ COMMITTED"],
  [{ isolation: "repeatable read", readOnly: false }, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ WRITE"],
  [{ isolation: "serializable", readOnly: true, deferrable: true }, "BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE"],
  [{ deferrable: false }, "BEGIN"],
  [{ settings: {} }, "BEGIN"],
  [
    { readOnly: true, settings: { "app.user": "it's", work_mem: "1MB" } },
    "BEGIN READ ONLY; SELECT pg_catalog.set_config('app.user', 'it''s', true), pg_catalog.set_config('work_mem', '1MB', true)",
  ],
])("transaction(%j) sends %s", async (options, begin) => {
  const { fake, session } = await fakeSession()
  await session.transaction(async () => {}, options)
  expect(fake.queries.map(({ sql }) => sql).join("; ")).toContain(begin.split("; ")[0])
  expect(fake.queries[0]?.sql.startsWith("BEGIN")).toBe(true)
  const sent = fake.queries.map(({ sql }) => sql)
  expect(sent.at(-1)).toBe("COMMIT")
  expect(sent.slice(0, -1)).toEqual([begin])
})

describe("a statement object", () => {
  test.each([
    [{ text: "SELECT 1" }, "SELECT 1", undefined],
    [{ text: "SELECT 1", values: [] }, "SELECT 1", undefined],
    [{ text: "SELECT $1", values: [1] }, "SELECT $1", [1]],
    [{ text: "SELECT $1", values: [1], sql: "SELECT ?", strings: ["SELECT ", ""], statement: "x", type: "x" }, "SELECT $1", [1]],
    [{ type: "SLONIK_TOKEN_QUERY", sql: "SELECT $1", values: [2] }, "SELECT $1", [2]],
    [{ type: "SLONIK_TOKEN_FRAGMENT", sql: "SELECT 1", values: [] }, "SELECT 1", []],
    [{ text: "SELECT 1", name: undefined }, "SELECT 1", undefined],
  ])("%j is accepted", async (statement, sql, params) => {
    const { fake, session } = await fakeSession()
    await session.query(statement as never)
    expect(fake.queries).toMatchObject([{ sql, params }])
  })

  test.each([
    [{}, /has no text/],
    [{ text: 5 }, /has no text/],
    [{ sql: "SELECT 1", values: [] }, /has no text/],
    [{ type: "SLONIK_TOKEN_OTHER", sql: "SELECT 1", values: [] }, /has no text/],
    [{ type: "MY_SLONIK_TOKEN_QUERY", sql: "SELECT 1", values: [] }, /has no text/],
    [{ type: "SLONIK_TOKEN_QUERY_2", sql: "SELECT 1", values: [] }, /has no text/],
    [{ text: "SELECT 1", name: "x" }, /has "name", which is not supported.*prepare/],
    [{ text: "SELECT 1", portal: "x" }, /has "portal", which is not supported.*supported are text, values, rowMode, types/],
    [{ text: "SELECT 1", rowMode: "object" }, /has rowMode "object".*"array"/],
    [{ text: "SELECT 1", types: { getTypeParser: () => null } }, /has types with getTypeParser\(\).*\{ 20: BigInt \}/],
    [{ text: "SELECT 1", types: null }, /has types of type null/],
    [{ text: "SELECT 1", types: "x" }, /has types of type string/],
    [{ text: "SELECT 1", types: { 20: "x" } }, /has types with no function for 20/],
    [{ text: "SELECT 1", values: null }, /parameters must be an array/],
    [{ type: "SLONIK_TOKEN_QUERY", values: [] }, /must be a string, not undefined/],
    [null, /must be a string|statement/],
    [undefined, /must be a string|statement/],
  ])("%j is refused", async (statement, says) => {
    const { session, sent } = await fakeSession()
    const refused = { code: "PGSD_INVALID_PARAMETER", message: expect.stringMatching(says), label: session.info.label }
    await expect(session.query(statement as never)).rejects.toMatchObject(refused)
    expect(sent()).toEqual([])
    await expect(session.transaction((tx) => tx.query(statement as never))).rejects.toMatchObject(refused)
    expect(sent()).toEqual(["BEGIN", "ROLLBACK"])
  })

  test("together with parameters is refused, even an empty list", async () => {
    const { session } = await fakeSession()
    for (const params of [[], [1]])
      await expect(session.query({ text: "SELECT 1" }, params)).rejects.toMatchObject({
        message: expect.stringMatching(/has its values in it, and parameters were given beside it.*give the values once/),
      })
  })

  test("has its own rowMode and types, which the call's override", async () => {
    const { fake, session } = await fakeSession()
    fake.answer("SELECT 1", { wire: { columns: [["n", 23]], rows: [["1"]] } })
    const types = { 23: (text: string) => `n${text}` }
    expect((await session.query({ text: "SELECT 1", rowMode: "array", types })).rows).toEqual([["n1"]])
    expect((await session.query({ text: "SELECT 1", types })).rows).toEqual([{ n: "n1" }])
    expect((await session.query({ text: "SELECT 1", types }, undefined, { types: { 23: () => "call" } })).rows).toEqual([{ n: "call" }])
  })
})

test("keeps its own form where the call does not set one, or sets undefined", async () => {
  const { fake, session } = await fakeSession()
  fake.answer("SELECT 1", { wire: { columns: [["n", 23]], rows: [["1"]] } })
  const types = { 23: (text: string) => `n${text}` }
  const statement = { text: "SELECT 1", rowMode: "array" } as const
  expect((await session.query(statement, undefined, { rowMode: undefined })).rows).toEqual([["1"].map(Number)])
  expect((await session.query(statement, undefined, { types })).rows).toEqual([["n1"]])
  const streamed = []
  for await (const row of session.stream(statement, undefined, { types, rowMode: undefined })) streamed.push(row)
  expect(streamed).toEqual([["n1"]])
})

test("a savepoint that was never created is not rolled back to: its transaction continues", async () => {
  const { fake, connection, session, sent } = await fakeSession()
  await session.transaction(async (tx) => {
    await expect(tx.transaction(async () => {}, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough")
    expect(tx.status).toBe("transaction")
    await tx.query("SELECT 1")
  })
  expect(sent()).toEqual(["BEGIN", "SELECT 1", "COMMIT"])
  fake.answer("SELECT wrong", { error: { sqlState: "42703" } })
  const failed = session.transaction(async (tx) => {
    await tx.query("SELECT wrong").catch(() => {})
    await expect(tx.transaction(async () => {})).rejects.toMatchObject({ sqlState: "25P02" })
    expect(tx.status).toBe("failed")
  })
  await expect(failed).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK" })
  expect(sent().filter((sql) => sql.startsWith("ROLLBACK TO"))).toEqual([])
  expect(connection.status).toBe("idle")
})

test("the COMMIT of a read-only transaction is cancelled like any statement, that of another is not", async () => {
  for (const readOnly of [true, false]) {
    const { fake, session } = await fakeSession()
    fake.answer("COMMIT", { delayMs: Number.POSITIVE_INFINITY })
    const stop = new AbortController()
    const reason = new Error("enough")
    const outcome = session
      .transaction(async () => {}, { readOnly, signal: stop.signal, commitTimeoutMs: readOnly ? 10_000 : 40 })
      .catch((error: unknown) => error)
    await expect.poll(() => fake.queries.at(-1)?.sql).toBe("COMMIT")
    stop.abort(reason)
    if (readOnly) expect(await outcome).toBe(reason)
    else expect(await outcome).toMatchObject({ code: "PGSD_COMMIT_UNKNOWN" })
  }
  const { fake, session } = await fakeSession()
  fake.answer("COMMIT", { delayMs: Number.POSITIVE_INFINITY })
  const late = session.transaction(async () => {}, { readOnly: true, commitTimeoutMs: 20 })
  await expect(late).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT", timeoutMs: 20 })
})

describe("one and maybeOne", () => {
  test.each([
    [0, "expected one row, got none", undefined],
    [1, { n: 0 }, { n: 0 }],
    [2, "expected one row, got 2", "expected one row, got 2"],
  ])("with %i rows", async (count, one, maybeOne) => {
    const { fake, session } = await fakeSession()
    fake.answer(
      "SELECT n",
      Array.from({ length: count }, (_, n) => ({ n })),
    )
    const reported = (error: { code?: string; message?: string; label?: string }) => {
      expect(error).toMatchObject({ code: "PGSD_NOT_ONE_ROW", label: "the database" })
      return error.message?.replace("the database: ", "")
    }
    expect(await session.one("SELECT n").catch(reported)).toEqual(one)
    expect(await session.maybeOne("SELECT n").catch(reported)).toEqual(maybeOne)
  })
})

describe("notify", () => {
  test("sends channel and payload as parameters", async () => {
    const { fake, session } = await fakeSession()
    await session.notify("jobs")
    await session.notify("jobs", "it's")
    expect(fake.queries.map(({ sql, params }) => [sql, params])).toEqual([
      ["SELECT pg_catalog.pg_notify($1, $2)", ["jobs", ""]],
      ["SELECT pg_catalog.pg_notify($1, $2)", ["jobs", "it's"]],
    ])
  })

  test.each([
    ["", "", /a channel must be a non-empty string/],
    [5, "", /a channel must be a non-empty string/],
    [undefined, "", /a channel must be a non-empty string/],
    ["a\0b", "", /the name of a channel cannot contain a NUL/],
    ["x".repeat(64), "", /the name of channel "xxxxxxxxxxxxxxxxxxxx…" has 64 bytes, and the server takes 63/],
    ["é".repeat(32), "", /has 64 bytes/],
    ["jobs", 5, /the payload for channel "jobs" must be a string \(JSON.stringify|the payload for channel "jobs" must be a string/],
    ["jobs", null, /must be a string/],
    ["jobs", "a\0", /the payload for channel "jobs" cannot contain a NUL/],
    ["jobs", "x".repeat(8_000), /the payload for channel "jobs" has 8000 bytes, and the server takes 7999/],
    ["jobs", "é".repeat(4_000), /has 8000 bytes/],
  ])("refuses %j with %j", async (channel, payload, says) => {
    const { session, sent } = await fakeSession()
    await expect(session.notify(channel as never, payload as never)).rejects.toMatchObject({
      code: "PGSD_INVALID_PARAMETER",
      label: "the database",
      message: expect.stringMatching(says),
    })
    expect(sent()).toEqual([])
  })

  test("accepts the longest allowed", async () => {
    const { fake, session } = await fakeSession()
    await session.notify("x".repeat(63), "x".repeat(7_999))
    expect(fake.queries).toHaveLength(1)
  })
})
