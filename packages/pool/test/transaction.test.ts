import { expect, test } from "vitest"
import type { Transaction } from "../src/index.ts"
import { poolKit, turn, watch } from "./support/pool-kit.ts"

test("use releases the connection in every case, and passes on what the callback returns or throws", async () => {
  const { pool } = poolKit()
  expect(await pool.use(() => 7)).toBe(7)
  const error = new Error("own")
  await expect(pool.use(() => Promise.reject(error))).rejects.toBe(error)
  await expect(
    pool.use(() => {
      throw error
    }),
  ).rejects.toBe(error)
  expect(pool.stats()).toMatchObject({ idle: 1, leased: 0 })
})

test("transaction commits, with its modes in BEGIN", async () => {
  const { pool, driver } = poolKit()
  await pool.transaction((lease) => lease.query("work"))
  await pool.transaction((lease) => lease.query("work"), { isolation: "serializable", readOnly: true, deferrable: true })
  await pool.transaction(() => undefined, { isolation: "repeatable read", readOnly: false })
  expect(driver.queries.map((each) => each.sql)).toEqual([
    "BEGIN",
    "work",
    "COMMIT",
    "BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE",
    "work",
    "COMMIT",
    "BEGIN ISOLATION LEVEL REPEATABLE READ, READ WRITE",
    "COMMIT",
  ])
})

test("an error in the callback rolls back and is kept", async () => {
  const { pool, driver } = poolKit()
  const error = new Error("own")
  await expect(
    pool.transaction(async (lease) => {
      await lease.query("work")
      throw error
    }),
  ).rejects.toBe(error)
  expect(driver.queries.map((each) => each.sql)).toEqual(["BEGIN", "work", "ROLLBACK"])
  expect(pool.stats()).toMatchObject({ idle: 1 })
})

test("a COMMIT answered with ROLLBACK is an error", async () => {
  const { pool, driver } = poolKit()
  driver.answer("bad", { error: { sqlState: "23505" } })
  const error = await pool.transaction((lease) => lease.query("bad").catch(() => "swallowed")).catch((caught: unknown) => caught)
  expect(error).toMatchObject({
    code: "PGSD_ROLLED_BACK",
    label: "test",
    message: "test: the server answered COMMIT with ROLLBACK: nothing was committed, because a statement failed and its error was caught",
  })
})

test("a connection lost during COMMIT is reported as an unknown outcome", async () => {
  const { pool, driver } = poolKit()
  driver.answer("COMMIT", { lose: { sqlState: "57P01" } })
  await expect(pool.transaction((lease) => lease.query("work"))).rejects.toMatchObject({
    code: "PGSD_COMMIT_UNKNOWN",
    sqlState: "57P01",
    message: "test: the connection was lost while COMMIT was under way",
    cause: { code: "PGSD_CONNECTION_LOST" },
  })
  expect(pool.stats()).toMatchObject({ total: 0, lost: 1 })
})

test("a COMMIT that the server refuses rejects with that error", async () => {
  const { pool, driver } = poolKit()
  driver.answer("COMMIT", { error: { sqlState: "23503" } })
  await expect(pool.transaction(() => 1)).rejects.toMatchObject({ sqlState: "23503" })
  await turn()
  expect(pool.stats()).toMatchObject({ idle: 1 })
})

test("a rollback that fails destroys the connection", async () => {
  const { pool, driver } = poolKit()
  driver.answer("ROLLBACK", { error: { sqlState: "XX000" } })
  await expect(pool.transaction(() => Promise.reject(new Error("own")))).rejects.toThrow("own")
  expect(pool.stats()).toMatchObject({ total: 0, closedBy: { error: 1 } })
})

test("a rollback that hangs destroys the connection after resetTimeoutMs", async () => {
  const { pool, driver, clock } = poolKit({ resetTimeoutMs: 300, cancelTimeoutMs: 100 })
  driver.answer("ROLLBACK", { delayMs: Number.POSITIVE_INFINITY })
  const failed = pool.transaction(() => Promise.reject(new Error("own"))).catch((error: unknown) => error)
  await clock.advance(301)
  expect(await failed).toMatchObject({ message: "own" })
  expect(pool.stats()).toMatchObject({ total: 0, closedBy: { error: 1 } })
})

test.each(["40001", "40P01"])(
  "a conflict (%s) is run again as often as asked, on the same connection; by default never",
  async (sqlState) => {
    const { pool, driver, clock } = poolKit({ random: () => 0.5 })
    driver.answer("work", { error: { sqlState } }, { times: 3 })
    await expect(pool.transaction((lease) => lease.query("work"))).rejects.toMatchObject({ sqlState })
    let runs = 0
    const work = (transaction: Transaction) => {
      runs++
      return transaction.query("work")
    }
    const retried = watch(pool.transaction(work, { retries: 2 }))
    await clock.advance(100)
    expect([retried.state, runs, driver.counts.opened]).toEqual(["resolved", 3, 1])
    driver.answer("work", { error: { sqlState: "23505" } }, { times: 1 })
    await expect(pool.transaction(work, { retries: 2 })).rejects.toMatchObject({ sqlState: "23505" })
    expect(runs).toBe(4)
  },
)

test("an aborted transaction rolls back and rejects with the signal's reason", async () => {
  const { pool, driver } = poolKit()
  const control = new AbortController()
  const reason = new Error("stop")
  const failed = pool
    .transaction(
      async (lease) => {
        await lease.query("work")
        control.abort(reason)
      },
      { signal: control.signal },
    )
    .catch((error: unknown) => error)
  expect(await failed).toBe(reason)
  await turn()
  expect(driver.queries.map((each) => each.sql)).toEqual(["BEGIN", "work", "ROLLBACK"])
  expect(pool.stats()).toMatchObject({ idle: 1 })
})

test("an abort ends the pause before the next attempt", async () => {
  const { pool, driver, clock } = poolKit()
  driver.answer("work", { error: { sqlState: "40001" } })
  const control = new AbortController()
  const reason = new Error("stop")
  const retried = watch(pool.transaction((lease) => lease.query("work"), { retries: 5, signal: control.signal }))
  await turn()
  expect(retried.state).toBe("pending")
  control.abort(reason)
  await turn()
  expect(retried.error).toBe(reason)
  expect(driver.queries.map((each) => each.sql)).toEqual(["BEGIN", "work", "ROLLBACK"])
  expect(pool.stats()).toMatchObject({ idle: 1 })
  await clock.advance(1_000)
  expect(driver.queries).toHaveLength(3)
})
