import { sessionOf, type Transaction } from "@pgsd/driver/session"
import { fakeDriver } from "@pgsd/testing"
import { afterEach, beforeEach, describe, expect, test } from "vitest"

// A call on the handle of a transaction that nobody awaits: its failure is the transaction's, and never an unhandled rejection.

const ENDED = { code: "PGSD_TRANSACTION_ENDED" }
const CALLS: Readonly<Record<string, (tx: Transaction, sql: string) => Promise<unknown>>> = {
  query: (tx, sql) => tx.query(sql),
  "query with maxRows": (tx, sql) => tx.query(sql, undefined, { maxRows: 1 }),
  one: (tx, sql) => tx.one(sql),
  maybeOne: (tx, sql) => tx.maybeOne(sql),
  transaction: (tx, sql) => tx.transaction((inner) => inner.query(sql)),
}

const unhandled: unknown[] = []
const note = (reason: unknown) => void unhandled.push(reason)

beforeEach(() => {
  unhandled.length = 0
  process.on("unhandledRejection", note)
})
afterEach(() => {
  process.off("unhandledRejection", note)
})

/** Node tells of unhandled rejections when the microtasks are through. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

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

  test("that comes too late is refused, and changes nothing about what was committed", async () => {
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

  test("that comes while calls before it are settled is refused alone: the rest is committed", async () => {
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

  test("that waits for another call of its transaction is not lost without a word", async () => {
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

test("one() that meets no row, unawaited, rolls back too", async () => {
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
