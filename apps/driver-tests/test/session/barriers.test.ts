import type { Transaction } from "@pgsd/driver/calls"
import { createConnectionPool } from "@pgsd/pool"
import { type FakeConnection, fakeDriver } from "@pgsd/testing"
import { describe, expect, test } from "vitest"
import { fakeSession } from "../support/fake-session.ts"

// What a call in a transaction waits for: statements in flight that may end the transaction, also on the driver's own client. The same over
// real servers is in slip.test.ts.

const CALLS: Readonly<Record<string, (tx: Transaction) => Promise<unknown>>> = {
  query: (tx) => tx.query("INSERT work"),
  "a reading query with maxRows": (tx) => tx.query("SELECT work()", undefined, { maxRows: 1 }),
  "a writing query with maxRows": (tx) => tx.query("INSERT work RETURNING n", undefined, { maxRows: 1 }),
  batch: (tx) => tx.batch(["INSERT work"]),
  stream: (tx) => tx.stream("SELECT work()").next(),
  "stream in a savepoint": (tx) => tx.transaction((inner) => inner.stream("SELECT work()").next()),
  copyFrom: (tx) => tx.copyFrom("COPY work FROM STDIN", ["1\n"]),
  copyTo: (tx) => tx.copyTo("COPY work TO STDOUT").next(),
}

/** How the transaction is ended. Nothing is awaited. */
const ENDINGS: Readonly<Record<string, (tx: Transaction, connection: FakeConnection) => unknown>> = {
  "a ROLLBACK that is not awaited": (tx) => tx.query("ROLLBACK"),
  "a COMMIT that is not awaited": (tx) => tx.query("COMMIT"),
  "a ROLLBACK left running on native": (_, connection) => connection.query("ROLLBACK"),
  "a ROLLBACK left running on native behind a statement of ours": (tx) => [
    tx.query("SELECT slow"),
    (tx.native as FakeConnection).query("ROLLBACK"),
  ],
}

describe.each(Object.entries(ENDINGS))("behind %s", (_, end) => {
  test.each(Object.entries(CALLS))("nothing of %s is sent", async (_, call) => {
    const { fake, connection, session } = await fakeSession()
    fake.answer("SELECT slow", { delayMs: 5 })
    const outcome = session.transaction(async (tx) => {
      await tx.query("SELECT 1")
      end(tx, connection)
      await call(tx).catch(() => {})
    })
    await expect(outcome).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", label: session.info.label })
    expect(fake.queries.filter(({ sql }) => sql.includes("work"))).toEqual([])
    await session.close()
  })
})

test.each([
  ["awaited", true],
  ["left running", false],
])("a stream whose own transaction native has rolled back, %s, does not end well", async (_, awaited) => {
  const { fake, connection, session, sent } = await fakeSession()
  fake.answer(/^INSERT work/, [{ n: 1 }])
  fake.answer("ROLLBACK", { delayMs: 5 })
  const rows = session.stream("INSERT work RETURNING n")
  expect(await rows.next()).toMatchObject({ value: { n: 1 } })
  const undone = connection.query("ROLLBACK")
  if (awaited) await undone
  await expect(rows.next()).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", label: session.info.label })
  expect(sent()).not.toContain("COMMIT")
  await session.close()
})

test("after native was used, a statement behind one in flight waits for it, until the connection changes hands", async () => {
  const fake = fakeDriver()
  const pool = createConnectionPool({ driver: fake, max: 1 })
  const work = async (tx: Transaction) => {
    const first = tx.query("SELECT 1")
    await tx.query("SELECT 2")
    await first
  }
  await pool.use(async (lease) => {
    await lease.transaction(work)
    expect(lease.native).toBeDefined()
    await lease.transaction(work)
  })
  await pool.transaction(work)
  const plain = ["BEGIN", "SELECT 1", "SELECT 2", "COMMIT"]
  expect(fake.queries.map(({ sql }) => sql)).toEqual([...plain, "BEGIN", "SELECT 1", "", "SELECT 2", "COMMIT", ...plain])
  await pool.close()
})
