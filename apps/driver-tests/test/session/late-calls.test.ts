import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { Session, Transaction } from "@pgsd/driver/calls"
import type { LateCallEvent } from "@pgsd/driver/session"
import { type ConnectionPool, createConnectionPool, type Lease } from "@pgsd/pool"
import { fakeDriver } from "@pgsd/testing"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { turn, unhandledRejections } from "../support/unhandled.ts"

// A call that is too late or out of turn may be unawaited: it is refused, published, and ends no process.

const SERIES = "SELECT n FROM generate_series(1, 9) AS n"
const COPY = "COPY t TO STDOUT"

type Calls<Handle> = Readonly<Record<string, readonly [sql: string, call: (handle: Handle) => Promise<unknown>]>>

const ON_EVERY_HANDLE: Calls<Session | Transaction> = {
  query: ["SELECT 1", (handle) => handle.query("SELECT 1")],
  one: ["SELECT 1", (handle) => handle.one({ text: "SELECT 1" })],
  maybeOne: ["SELECT 1", (handle) => handle.maybeOne("SELECT 1", undefined, { maxRows: 1 })],
  batch: ["SELECT 1;\nSELECT 2", (handle) => handle.batch(["SELECT 1", { text: "SELECT 2" }])],
  notify: ["SELECT pg_catalog.pg_notify($1, $2)", (handle) => handle.notify("news")],
  copyFrom: ["COPY t FROM STDIN", (handle) => handle.copyFrom("COPY t FROM STDIN", ["1\n"])],
  transaction: ["", (handle) => handle.transaction(() => 1)],
  stream: ["SELECT 1", (handle) => handle.stream({ text: "SELECT 1" }).next()],
  copyTo: [COPY, (handle) => handle.copyTo(COPY).next()],
}
const ON_SESSIONS: Calls<Session> = {
  ...ON_EVERY_HANDLE,
  pipeline: ["SELECT 1;\nSELECT 2", (session) => session.pipeline([{ sql: "SELECT 1" }, { sql: "SELECT 2" }])],
}

/** Members of their prototypes that send nothing themselves, that end a handle, or that are for subclasses. */
const NO_CALLS = new Set(
  `constructor close destroy release ref unref onClose onNotice onNotification
  use state inner transact whenAlone whenFree entering working checked`.split(/\s+/),
)

function methodsOf(handle: object): string[] {
  const found = new Set<string>()
  for (let each = Object.getPrototypeOf(handle); each !== Object.prototype; each = Object.getPrototypeOf(each))
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(each)))
      if (typeof value === "function" && !NO_CALLS.has(name)) found.add(name)
  return [...found].sort()
}

let pool: ConnectionPool
beforeAll(() => {
  const fake = fakeDriver()
  fake.answer("SELECT slow", { delayMs: 20 })
  fake.answer(
    SERIES,
    Array.from({ length: 9 }, (_, n) => ({ n })),
  )
  fake.answer(COPY, { copy: Array.from({ length: 9 }, (_, n) => `${n}\n`) })
  pool = createConnectionPool({ driver: fake, max: 2, label: "shop" })
})
afterAll(() => pool?.close())

const unhandled = unhandledRejections()
const published: LateCallEvent[] = []
const hear = (event: unknown) => void published.push(event as LateCallEvent)
beforeEach(() => {
  published.length = 0
  subscribe("pgsd:session:late-call", hear)
})
afterEach(() => void unsubscribe("pgsd:session:late-call", hear))

async function expectRefused(late: Promise<unknown>, sql: string, code: string): Promise<void> {
  await expect.poll(() => published.length).toBe(1)
  await turn()
  expect(unhandled).toEqual([])
  expect(published).toMatchObject([{ label: "shop", sql, error: { code, label: "shop" } }])
  await expect(late).rejects.toMatchObject({ code, label: "shop" })
  expect(published).toHaveLength(1)
}

test("the tables have every existing call", async () => {
  await pool.use(async (lease) => {
    expect(methodsOf(lease)).toEqual(Object.keys(ON_SESSIONS).sort())
    await lease.transaction((tx) => expect(methodsOf(tx)).toEqual(Object.keys(ON_EVERY_HANDLE).sort()))
  })
})

describe.each(Object.entries(ON_SESSIONS))("%s", (_, [sql, call]) => {
  test("on a released lease", async () => {
    const lease = await pool.use((each) => each)
    await expectRefused(call(lease), sql, "PGSD_LEASE_RELEASED")
  })

  test("on a session with an open transaction", async () => {
    await pool.use((lease) => lease.transaction(() => expectRefused(call(lease), sql, "PGSD_TRANSACTION_IN_USE")))
  })

  test("queued behind another call while its lease was released", async () => {
    const lease = (await pool.acquire()) as Lease
    const first = lease.batch(["SELECT slow"])
    await turn()
    const late = call(lease)
    lease.release()
    await expectRefused(late, sql, "PGSD_LEASE_RELEASED")
    await first
  })
})

describe.each(Object.entries(ON_EVERY_HANDLE))("%s", (_, [sql, call]) => {
  test("on a transaction that has ended", async () => {
    const handle = await pool.transaction((tx) => tx)
    await expectRefused(call(handle), sql, "PGSD_TRANSACTION_ENDED")
  })

  test("on a transaction with an open savepoint", async () => {
    await pool.transaction((tx) => tx.transaction(() => expectRefused(call(tx), sql, "PGSD_TRANSACTION_IN_USE")))
  })
})

describe("the next() of a stream or COPY that was being read", () => {
  test("of a lease that was given back", async () => {
    const lease = await pool.acquire()
    const rows = lease.stream(SERIES, [], { batchSize: 1 })
    await rows.next()
    lease.release()
    await expectRefused(rows.next(), SERIES, "PGSD_LEASE_RELEASED")
  })

  test("of a transaction that has ended", async () => {
    const rows = await pool.transaction(async (tx) => {
      const all = tx.stream(SERIES, [], { batchSize: 1 })
      await all.next()
      return all
    })
    await expectRefused(rows.next(), SERIES, "PGSD_TRANSACTION_ENDED")
  })

  test("of a COPY whose transaction ends under it", async () => {
    let late: Promise<unknown> | undefined
    const outcome = pool.transaction(async (tx) => {
      const chunks = tx.copyTo(COPY)
      await chunks.next()
      late = chunks.next()
    })
    await expect(outcome).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK" })
    await turn()
    expect(unhandled).toEqual([])
    await late?.catch(() => {})
  })
})

test("an error of a callback is its caller's, including a refusal in it; so is an invalid call", async () => {
  await pool.use(async (lease) => {
    const late = await pool.transaction((tx) => tx)
    void lease.transaction(() => late.query("SELECT 1"))
    await expect.poll(() => unhandled.length).toBe(1)
    expect(unhandled).toMatchObject([{ code: "PGSD_TRANSACTION_ENDED" }])
    published.length = 0
    void lease.query("SELECT 1", [], { timeoutMs: -1 })
    await expect.poll(() => unhandled.length).toBe(2)
    expect(unhandled[1]).toMatchObject({ code: "PGSD_INVALID_OPTION", label: "shop" })
    expect(published).toEqual([])
  })
})

test.each([
  ["SELECT 1", "SELECT 1"],
  [{ text: "SELECT 1", sql: "SELECT ?" }, "SELECT 1"],
  [{ sql: "SELECT 1" }, "SELECT 1"],
  [{}, ""],
  [null, ""],
  [7, ""],
])("of %j is published %j", async (statement, sql) => {
  const lease = await pool.use((each) => each)
  await expectRefused(lease.query(statement as never), sql, "PGSD_LEASE_RELEASED")
})
