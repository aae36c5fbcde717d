import type { Transaction } from "@pgsd/driver/calls"
import { describe, expect, test } from "vitest"
import { fakeSession } from "../support/fake-session.ts"

// A conflict is retried, however the callback dealt with the call that met it.

const CONFLICT = "UPDATE conflicting"
const CALLS: Readonly<Record<string, (tx: Transaction) => unknown>> = {
  awaited: (tx) => tx.query(CONFLICT),
  "not awaited": (tx) => void tx.query(CONFLICT),
  "in a batch that is not awaited": (tx) => void tx.batch([CONFLICT]),
  "in a savepoint that is not awaited": (tx) => void tx.transaction((inner) => inner.query(CONFLICT)),
  "with its error caught": (tx) => tx.query(CONFLICT).catch(() => {}),
  "with its error caught in a savepoint": (tx) => tx.transaction((inner) => inner.query(CONFLICT).catch(() => {})),
}

describe.each(["40001", "40P01"])("SQLSTATE %s", (sqlState) => {
  test.each(Object.entries(CALLS))("of a call %s", async (_, call) => {
    const { fake, session } = await fakeSession()
    fake.answer(CONFLICT, { error: { sqlState } }, { times: 2 })
    let attempts = 0
    await session.transaction(
      async (tx) => {
        attempts++
        await call(tx)
      },
      { retries: 3 },
    )
    expect(attempts).toBe(3)
    expect(fake.queries.at(-1)?.sql).toBe("COMMIT")
    await session.close()
  })
})

test("another caught error is not retried, and a savepoint in which one was caught rejects with PGSD_ROLLED_BACK", async () => {
  const { fake, session } = await fakeSession()
  fake.answer("SELECT wrong", { error: { sqlState: "42703" } })
  let attempts = 0
  const caught = session.transaction((tx) => tx.query("SELECT wrong").then(undefined, () => void attempts++), { retries: 3 })
  await expect(caught).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", hint: expect.stringContaining("savepoint") })
  expect(attempts).toBe(1)
  const outcome = await session.transaction(async (tx) => {
    const inner = tx.transaction((savepoint) => savepoint.query("SELECT wrong").catch(() => {}))
    await expect(inner).rejects.toMatchObject({
      code: "PGSD_ROLLED_BACK",
      message: "the database: nothing of this savepoint stays, because a statement failed and its error was caught",
    })
    return "goes on"
  })
  expect(outcome).toBe("goes on")
  await session.close()
})

test("the outcome of a stream whose COMMIT is lost is unknown: a function that it called may have written", async () => {
  const { fake, session } = await fakeSession()
  fake.answer("COMMIT", { lose: { systemCode: "ECONNRESET" } })
  const rows = session.stream("SELECT place_order(1)")
  await expect(rows.next()).rejects.toMatchObject({ code: "PGSD_COMMIT_UNKNOWN", retryable: false })
})
