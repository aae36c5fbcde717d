import type { Session, Transaction } from "@pgsd/driver/calls"
import { sessionOf } from "@pgsd/driver/session"
import { fakeDriver } from "@pgsd/testing"
import { describe, expect, test } from "vitest"
import { fakeSession } from "../support/fake-session.ts"
import { turn, unhandledRejections } from "../support/unhandled.ts"

// A call on a transaction's handle that is not awaited: its failure is the transaction's, and never an unhandled rejection.

const ENDED = { code: "PGSD_TRANSACTION_ENDED" }
const CALLS: Readonly<Record<string, (tx: Transaction, sql: string) => Promise<unknown>>> = {
  query: (tx, sql) => tx.query(sql),
  "query with maxRows": (tx, sql) => tx.query(sql, undefined, { maxRows: 1 }),
  one: (tx, sql) => tx.one(sql),
  maybeOne: (tx, sql) => tx.maybeOne(sql),
  batch: (tx, sql) => tx.batch([sql]),
  transaction: (tx, sql) => tx.transaction((inner) => inner.query(sql)),
  stream: (tx, sql) => tx.stream(sql).next(),
}

const unhandled = unhandledRejections()

describe.each(Object.entries(CALLS))("%s", (_, call) => {
  test("that fails unawaited rolls back, with the failure as cause", async () => {
    const fake = fakeDriver()
    fake.answer(/SELECT wrong/, { error: { sqlState: "42703" } })
    const session = sessionOf(await fake.connect())
    const outcome = session.transaction(async (tx) => {
      void call(tx, "SELECT wrong")
    })
    await expect(outcome).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", cause: { sqlState: "42703" } })
    await turn()
    expect(unhandled).toEqual([])
    expect([session.status, fake.queries.at(-1)?.sql]).toEqual(["idle", "ROLLBACK"])
    await session.close()
  })

  test("that comes too late is refused, and does not change what was committed", async () => {
    const fake = fakeDriver()
    const session = sessionOf(await fake.connect())
    const kept = await session.transaction((tx) => tx)
    const sent = fake.queries.length
    const late = call(kept, "SELECT 1")
    await turn()
    expect(unhandled).toEqual([])
    await expect(late).rejects.toMatchObject(ENDED)
    expect(fake.queries).toHaveLength(sent)
    await session.close()
  })

  test("that comes while earlier calls are being settled is refused alone: the rest is committed", async () => {
    const fake = fakeDriver()
    let answer = () => {}
    fake.answer("SELECT slow", () => new Promise((resolve) => (answer = () => resolve([]))))
    const session = sessionOf(await fake.connect())
    let kept: Transaction | undefined
    const outcome = session.transaction(async (tx) => {
      kept = tx
      void tx.query("SELECT slow")
      return "done"
    })
    await expect.poll(() => fake.queries.at(-1)?.sql).toBe("SELECT slow")
    await turn()
    const late = call(kept!, "SELECT 1")
    answer()
    await expect(outcome).resolves.toBe("done")
    await expect(late).rejects.toMatchObject(ENDED)
    await turn()
    expect(unhandled).toEqual([])
    await session.close()
  })

  test("that waits for another call of its transaction does not fail silently", async () => {
    const fake = fakeDriver()
    const session = sessionOf(await fake.connect())
    const outcome = session.transaction(async (tx) => {
      void tx.query("SELECT many", undefined, { maxRows: 5 })
      void call(tx, "INSERT")
    })
    const committed = await outcome.then(
      () => true,
      (error: unknown) => {
        expect(error).toMatchObject({ code: "PGSD_ROLLED_BACK", cause: { ...ENDED } })
        return false
      },
    )
    const sent = fake.queries.map((query) => query.sql)
    expect(committed).toBe(sent.includes("INSERT"))
    await turn()
    expect(unhandled).toEqual([])
    await session.close()
  })
})

test.each(["CALL work()", "SAVEPOINT mine", "SELECT 1; SELECT 2"])(
  "a query that waits behind an unawaited %s is committed",
  async (sql) => {
    const fake = fakeDriver()
    const session = sessionOf(await fake.connect())
    await session.transaction((tx) => {
      void tx.query(sql)
      void tx.query("INSERT")
      void tx.query("INSERT", undefined, { timeoutMs: 5_000 })
    })
    expect(fake.queries.map((query) => query.sql)).toEqual(["BEGIN", sql, "INSERT", "INSERT", "COMMIT"])
    await session.close()
  },
)

test("a query that waits behind an unawaited ROLLBACK, or in a callback that throws, is not sent", async () => {
  for (const [sql, thrown] of [["ROLLBACK"], ["SAVEPOINT mine", new Error("thrown")]] as const) {
    const fake = fakeDriver()
    const session = sessionOf(await fake.connect())
    const outcome = session.transaction((tx) => {
      void tx.query(sql)
      void tx.query("INSERT")
      if (thrown !== undefined) throw thrown
    })
    await expect(outcome).rejects.toMatchObject(thrown ?? { code: "PGSD_ROLLED_BACK" })
    await turn()
    expect(unhandled).toEqual([])
    expect(fake.queries.map((query) => query.sql)).not.toContain("INSERT")
    await session.close()
  }
})

test("one() without a row, unawaited, rolls back too", async () => {
  const fake = fakeDriver()
  const session = sessionOf(await fake.connect())
  const outcome = session.transaction(async (tx) => {
    void tx.one("SELECT nothing")
  })
  await expect(outcome).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", cause: { code: "PGSD_NOT_ONE_ROW" } })
  await turn()
  expect(unhandled).toEqual([])
  await session.close()
})

interface Limits {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** Calls that wait for earlier statements. */
const WAITING: Readonly<Record<string, (session: Session, limits: Limits) => Promise<unknown>>> = {
  "query with maxRows": (session, limits) => session.query("SELECT 1", undefined, { ...limits, maxRows: 1 }),
  stream: (session, limits) => session.stream("SELECT 1", undefined, limits).next(),
  transaction: (session, limits) => session.transaction((tx) => tx.query("SELECT 1"), limits),
  copyFrom: (session, limits) => session.copyFrom("COPY t FROM STDIN", ["1\n"], limits),
  copyTo: (session, limits) => session.copyTo("COPY t TO STDOUT", limits).next(),
}

describe.each(Object.entries(WAITING))("%s behind a statement that never ends", (_, call) => {
  test.each(["signal", "timeoutMs"] as const)("is ended by its own %s", async (bound) => {
    const fake = fakeDriver()
    fake.answer("SELECT endless", () => new Promise(() => {}))
    const session = sessionOf(await fake.connect())
    const endless = session.query("SELECT endless")
    endless.catch(() => {})
    const controller = new AbortController()
    const limits = bound === "signal" ? { signal: controller.signal } : { timeoutMs: 20 }
    const outcome = call(session, limits)
    outcome.catch(() => {})
    await turn()
    controller.abort(new Error("mine"))
    if (bound === "signal") await expect(outcome).rejects.toThrow("mine")
    else await expect(outcome).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT" })
    session.destroy()
  })
})

describe("behind a BEGIN of the driver's own client that was left running", () => {
  const kit = async (delayMs = 0) => {
    const all = await fakeSession()
    all.fake.answer("BEGIN", { delayMs })
    return { ...all, begun: all.connection.query("BEGIN") }
  }

  test.each<[string, readonly string[], (session: Session) => Promise<unknown>]>([
    ["batch()", ["INSERT"], (session) => session.batch(["INSERT"])],
    [
      "a writing query() with maxRows",
      ['SAVEPOINT "pgsd_savepoint_1"', "INSERT", 'RELEASE SAVEPOINT "pgsd_savepoint_1"'],
      (session) => session.query("INSERT", [], { maxRows: 1 }),
    ],
    ["stream()", ["INSERT"], (session) => session.stream("INSERT").next()],
  ])("%s begins no transaction, and commits none", async (_, statements, call) => {
    const { session, sent, begun } = await kit()
    await call(session)
    await begun
    expect([session.status, ...sent()]).toEqual(["transaction", "BEGIN", "", ...statements])
  })

  test("transaction() is refused", async () => {
    const { session, sent, begun } = await kit()
    await expect(session.transaction(() => 1)).rejects.toMatchObject({ code: "PGSD_TRANSACTION_IN_USE" })
    await begun
    expect(sent()).toEqual(["BEGIN", ""])
  })

  test("the wait is part of the call's timeout", async () => {
    const { session, begun } = await kit(Number.POSITIVE_INFINITY)
    begun.catch(() => {})
    for (const call of [session.batch(["INSERT"], { timeoutMs: 20 }), session.transaction(() => 1, { timeoutMs: 20 })])
      await expect(call).rejects.toMatchObject({ code: "PGSD_QUERY_TIMEOUT", timeoutMs: 20 })
    session.destroy()
  })
})

describe.each(["COMMIT", "ROLLBACK"])("a COPY behind a %s by hand that was not awaited", (end) => {
  test.each([
    ["copyFrom", (tx: Transaction) => tx.copyFrom("COPY t FROM STDIN", ["1\n"])],
    ["copyTo", (tx: Transaction) => tx.copyTo("COPY t TO STDOUT").next()],
  ])("%s is refused: it would run outside the transaction", async (_, copy) => {
    const fake = fakeDriver()
    const session = sessionOf(await fake.connect())
    let refused: unknown
    const outcome = session.transaction(async (tx) => {
      void tx.query(end)
      refused = await copy(tx).catch((error: unknown) => error)
    })
    await expect(outcome).rejects.toMatchObject({ code: expect.stringMatching(/^PGSD_/) })
    expect(refused).toMatchObject(ENDED)
    expect(fake.queries.filter(({ sql }) => sql.startsWith("COPY"))).toEqual([])
    await session.close()
  })
})

test("a stream that is not awaited is settled before COMMIT, and what it has read is given", async () => {
  const fake = fakeDriver()
  let answer = () => {}
  fake.answer("INSERT INTO t RETURNING n", () => new Promise((resolve) => (answer = () => resolve([{ n: 1 }, { n: 2 }]))))
  const session = sessionOf(await fake.connect())
  let rows: AsyncIterator<unknown> | undefined
  let first: Promise<unknown> | undefined
  const outcome = session.transaction((tx) => {
    rows = tx.stream("INSERT INTO t RETURNING n")
    first = rows.next()
  })
  await expect.poll(() => fake.queries.at(-1)?.sql).toBe("INSERT INTO t RETURNING n")
  await turn()
  expect(fake.queries.at(-1)?.sql).toBe("INSERT INTO t RETURNING n")
  answer()
  await outcome
  expect(fake.queries.at(-1)?.sql).toBe("COMMIT")
  expect(await first).toEqual({ done: false, value: { n: 1 } })
  expect(await rows!.next()).toEqual({ done: false, value: { n: 2 } })
  expect(await rows!.next()).toEqual({ done: true, value: undefined })
  await session.close()
})

test.each([
  ["stream", (tx: Transaction) => tx.stream("COMMIT").next()],
  ["copyTo", (tx: Transaction) => tx.copyTo("SELECT 1").next()],
])("the next() of %s() that is invalid, unawaited, rolls its transaction back like any call", async (_, next) => {
  const session = sessionOf(await fakeDriver().connect())
  const outcome = session.transaction((tx) => void next(tx))
  await expect(outcome).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", cause: { code: "PGSD_INVALID_PARAMETER" } })
  await turn()
  expect(unhandled).toEqual([])
  await session.close()
})

test("a stream that is not awaited and fails rolls its transaction back", async () => {
  const fake = fakeDriver()
  fake.answer("SELECT wrong", { error: { sqlState: "42703" } })
  const session = sessionOf(await fake.connect())
  const outcome = session.transaction((tx) => void tx.stream("SELECT wrong").next())
  await expect(outcome).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", cause: { sqlState: "42703" } })
  await turn()
  expect(unhandled).toEqual([])
  await session.close()
})
