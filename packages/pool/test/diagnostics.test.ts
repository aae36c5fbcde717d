import { AsyncLocalStorage } from "node:async_hooks"
import { subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel"
import { expect, onTestFinished, test } from "vitest"
import type { PoolChannels, PoolQueryTrace, PoolTransactionTrace } from "../src/index.ts"
import { poolKit, turn, watch } from "./support/pool-kit.ts"

function listen<Name extends keyof PoolChannels>(name: Name): PoolChannels[Name][] {
  const events: PoolChannels[Name][] = []
  const record = (event: unknown) => void events.push(event as PoolChannels[Name])
  subscribe(name, record)
  onTestFinished(() => void unsubscribe(name, record))
  return events
}

test("connect and connect-error report attempts", async () => {
  const connected = listen("pgsd:pool:connect")
  const failed = listen("pgsd:pool:connect-error")
  const { pool, driver, clock } = poolKit()
  driver.failConnects({ systemCode: "ECONNREFUSED" }, { times: 1 })
  const waiting = watch(pool.acquire())
  await clock.advance(50)
  driver.delayConnects(20)
  await clock.advance(200)
  waiting.value!.release()
  expect(failed).toMatchObject([{ pool: "test", waiting: 1, error: { code: "PGSD_CONNECTION_REFUSED" } }])
  expect(connected).toMatchObject([{ pool: "test", durationMs: 20, total: 1, connection: { processId: 1 } }])
})

test("acquire and release report how long callers waited and held", async () => {
  const acquired = listen("pgsd:pool:acquire")
  const released = listen("pgsd:pool:release")
  const { pool, clock } = poolKit({ max: 1 })
  const lease = await pool.acquire()
  const waiting = pool.acquire()
  await clock.advance(300)
  lease.release()
  ;(await waiting).release()
  expect(acquired).toEqual([
    { pool: "test", instance: pool, processId: 1, waitMs: 0 },
    { pool: "test", instance: pool, processId: 1, waitMs: 300 },
  ])
  expect(released).toEqual([
    { pool: "test", instance: pool, processId: 1, heldMs: 300 },
    { pool: "test", instance: pool, processId: 1, heldMs: 0 },
  ])
})

test("lost reports lost connections, with the cause", async () => {
  const lost = listen("pgsd:pool:lost")
  const { pool, driver } = poolKit()
  ;(await pool.acquire()).release()
  driver.killAll({ sqlState: "57P01" })
  await turn()
  expect(lost).toMatchObject([{ pool: "test", processId: 1, error: { code: "PGSD_CONNECTION_LOST", sqlState: "57P01" } }])
})

test("leak reports a lease held too long once, with the borrower's file and line, and none that was released", async () => {
  const leaks = listen("pgsd:pool:leak")
  const { pool, clock } = poolKit({ max: 2, leakThresholdMs: 200 })
  const forgotten = await pool.acquire()
  ;(await pool.acquire()).release()
  await pool.query("SELECT 1")
  await clock.advance(1_000)
  expect(leaks).toHaveLength(1)
  expect(leaks[0]).toMatchObject({ pool: "test", processId: 1, heldMs: 200 })
  expect(leaks[0]!.stack.split("\n")[0]).toMatch(/diagnostics\.test\.ts:\d+:\d+/)
  const waiting = watch(pool.acquire())
  forgotten.release()
  await turn()
  waiting.value!.release()
})

test("with leak detection the timeout error names where the longest-held lease was taken", async () => {
  const { pool, clock } = poolKit({ max: 1, leakThresholdMs: 60_000, acquireTimeoutMs: 100 })
  const lease = await pool.acquire({})
  const waiting = watch(pool.acquire())
  await clock.advance(101)
  expect((waiting.error as { hint: string }).hint).toMatch(/^the longest-held lease was taken at:\n.*diagnostics\.test\.ts:\d+/s)
  lease.release()
})

test("evict reports its reason", async () => {
  const evicted = listen("pgsd:pool:evict")
  const { pool, driver } = poolKit({}, { serverParameters: { in_hot_standby: "on" } })
  driver.answer("write", { error: { sqlState: "25006" } })
  await pool.query("write").catch(() => {})
  pool.evict()
  await turn()
  expect(evicted).toEqual([
    { pool: "test", instance: pool, reason: "read-only", total: 1 },
    { pool: "test", instance: pool, reason: "requested", total: 1 },
  ])
})

test("query reports every query of a lease, without its parameters, and none of the pool's own", async () => {
  const queries = listen("pgsd:pool:query")
  const { pool, driver, clock } = poolKit()
  driver.answer("slow", { delayMs: 30, rows: [{ n: 1 }] })
  driver.answer("bad", { error: { sqlState: "42601" } })
  const done = pool.query("slow", ["secret"])
  await clock.advance(30)
  await done
  await pool.query("bad").catch(() => {})
  await pool.healthCheck()
  expect(queries).toMatchObject([
    { pool: "test", processId: 1, sql: "slow", durationMs: 30, rowCount: 1 },
    { pool: "test", processId: 1, sql: "bad", durationMs: 0, error: { sqlState: "42601" } },
  ])
  expect(JSON.stringify(queries)).not.toContain("secret")
})

test("open and close report pools, with the pool", async () => {
  const opened = listen("pgsd:pool:open")
  const closed = listen("pgsd:pool:close")
  const { pool } = poolKit()
  expect(opened.map(({ pool: label, instance }) => [label, instance === pool])).toEqual([["test", true]])
  await pool.close()
  expect(closed.map(({ pool: label, instance }) => [label, instance === pool])).toEqual([["test", true]])
})

test("disconnect reports each connection that leaves, once, with the reason", async () => {
  const left = listen("pgsd:pool:disconnect")
  const { pool, driver, clock } = poolKit({ max: 3, idleTimeoutMs: 100, healthCheckIntervalMs: 50 })
  const [first, second] = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
  first.destroy()
  second.release()
  await clock.advance(1_000)
  driver.killAll({ sqlState: "57P01" })
  await turn()
  expect(left.map(({ reason }) => reason)).toEqual(["error", "idle", "lost"])
  expect(left[1]).toMatchObject({ pool: "test", connection: { label: "test" } })
  expect(left.length).toBe(Object.values(pool.stats().closedBy).reduce((sum, each) => sum + each))
})

test("acquire-failed reports callers that got no connection, in their own async context", async () => {
  const caller = new AsyncLocalStorage<string>()
  const failed: unknown[] = []
  const record = (event: unknown) => void failed.push([caller.getStore(), event])
  subscribe("pgsd:pool:acquire-failed", record)
  onTestFinished(() => void unsubscribe("pgsd:pool:acquire-failed", record))
  const { pool, clock } = poolKit({ max: 1, acquireTimeoutMs: 100 })
  const lease = await pool.acquire()
  const late = caller.run("late", () => watch(pool.query("SELECT 1")))
  const controller = new AbortController()
  caller.run("aborted", () => watch(pool.acquire({ signal: controller.signal })))
  await clock.advance(40)
  controller.abort("gone")
  await clock.advance(61)
  expect(late.error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT" })
  expect(failed).toMatchObject([
    ["aborted", { pool: "test", error: "gone", waitMs: 40 }],
    ["late", { pool: "test", error: { code: "PGSD_ACQUIRE_TIMEOUT" }, waitMs: 100 }],
  ])
  lease.release()
})

test("traces: a statement starts before it is sent, with a bound store while it is; statements refer to their transaction", async () => {
  const published: string[] = []
  const contexts = new Set<PoolQueryTrace>()
  const transactions = new Set<PoolTransactionTrace>()
  const statement = tracingChannel<unknown, PoolQueryTrace>("pgsd:pool:statement")
  const transaction = tracingChannel<unknown, PoolTransactionTrace>("pgsd:pool:transaction")
  const sending = new AsyncLocalStorage<PoolQueryTrace>()
  statement.start.bindStore(sending)
  const received = {
    start: (context: PoolQueryTrace) => void published.push(`start ${context.sql}`),
    // Published when the statement has been sent, in the same turn.
    end: (context: PoolQueryTrace) => void (sending.getStore() !== context && published.push("without its store")),
    asyncStart() {},
    asyncEnd(context: PoolQueryTrace) {
      contexts.add(context)
      published.push(`end ${context.sql}`)
    },
    error: (context: PoolQueryTrace) => void published.push(`error ${context.sql}`),
  }
  const heardOfTransactions = {
    start: (context: PoolTransactionTrace) => void transactions.add(context),
    end() {},
    asyncStart() {},
    asyncEnd: () => void published.push("transaction over"),
    error: () => void published.push("transaction undone"),
  }
  statement.subscribe(received)
  transaction.subscribe(heardOfTransactions)
  onTestFinished(() => {
    statement.start.unbindStore(sending)
    statement.unsubscribe(received)
    transaction.unsubscribe(heardOfTransactions)
  })
  const { pool } = poolKit()
  await pool.transaction((tx) => tx.transaction((savepoint) => savepoint.query("inside")))
  await pool.transaction(() => Promise.reject(new Error("own"))).catch(() => {})
  await pool.query("alone")
  await pool.transaction((tx) => tx.copyFrom("COPY t FROM STDIN", ["1\n"]))
  for await (const _ of pool.copyTo("COPY t TO STDOUT")) void _
  expect(published.filter((each) => /inside|trans|alone|COPY/.test(each))).toEqual([
    "start inside",
    "end inside",
    "transaction over",
    "transaction undone",
    "transaction over",
    "start alone",
    "end alone",
    "start COPY t FROM STDIN",
    "end COPY t FROM STDIN",
    "transaction over",
    "start COPY t TO STDOUT",
    "end COPY t TO STDOUT",
  ])
  const outside = [...contexts].filter((each) => each.transaction === undefined)
  expect(outside.map((each) => each.sql)).toEqual(["alone", "COPY t TO STDOUT"])
  expect(transactions.size).toBe(3)
  expect(published).not.toContain("without its store")
})

test("a subscriber to statement errors alone gets them", async () => {
  const statement = tracingChannel<unknown, PoolQueryTrace>("pgsd:pool:statement")
  const failed: string[] = []
  const record = (context: unknown) => void failed.push((context as PoolQueryTrace).sql)
  statement.error.subscribe(record)
  onTestFinished(() => void statement.error.unsubscribe(record))
  const { pool, driver } = poolKit()
  driver.answer("bad", { error: { sqlState: "42601" } })
  await pool.query("bad").catch(() => {})
  expect(failed).toEqual(["bad"])
})

test("a failed stream is an error of its transaction, too", async () => {
  const transaction = tracingChannel<unknown, PoolTransactionTrace>("pgsd:pool:transaction")
  const failed: unknown[] = []
  const record = (context: unknown) => void failed.push((context as PoolTransactionTrace).error)
  transaction.error.subscribe(record)
  onTestFinished(() => void transaction.error.unsubscribe(record))
  const { pool, driver } = poolKit()
  driver.answer("SELECT wrong", { error: { sqlState: "42601" } })
  await expect(pool.stream("SELECT wrong").next()).rejects.toMatchObject({ sqlState: "42601" })
  expect(failed).toMatchObject([{ sqlState: "42601" }])
})

test("an onQuery that throws affects neither the statement nor the pool, and becomes a process warning", async () => {
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve))
  const onQuery = () => {
    throw new Error("a fault of the hook")
  }
  const { pool } = poolKit({ onQuery })
  await pool.query("SELECT 1")
  expect((await warned).message).toContain("a fault of the hook")
  expect(pool.stats().leased).toBe(0)
})
