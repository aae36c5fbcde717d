import { getEventListeners } from "node:events"
import { expect, test } from "vitest"
import { AcquireTimeoutError, PoolError } from "../src/index.ts"
import { poolKit, turn, watch } from "./support/pool-kit.ts"

test("an empty pool opens nothing before the first caller", async () => {
  const { driver, pool, clock } = poolKit()
  await clock.advance(120_000)
  expect(driver.counts.attempts).toBe(0)
  const lease = await pool.acquire()
  expect(driver.counts.attempts).toBe(1)
  lease.release()
  expect(pool.stats()).toMatchObject({ total: 1, idle: 1, leased: 0, acquired: 1 })
})

test("the connection released last is lent first", async () => {
  const { pool } = poolKit()
  const [a, b] = await Promise.all([pool.acquire(), pool.acquire()])
  const last = b!.info.processId
  a!.release()
  b!.release()
  const again = await pool.acquire()
  expect(again.info.processId).toBe(last)
  again.release()
})

test("callers are served in order of arrival", async () => {
  const { pool } = poolKit({ max: 1 })
  const order: number[] = []
  const first = await pool.acquire()
  const rest = [1, 2, 3, 4].map((n) =>
    pool.acquire().then((lease) => {
      order.push(n)
      lease.release()
    }),
  )
  first.release()
  await Promise.all(rest)
  expect(order).toEqual([1, 2, 3, 4])
})

test("a new caller does not overtake waiting ones", async () => {
  const { pool } = poolKit({ max: 1 })
  const first = await pool.acquire()
  const waiting = watch(pool.acquire())
  first.release()
  expect(pool.tryAcquire()).toBeUndefined()
  const late = watch(pool.acquire())
  await turn()
  expect([waiting.state, late.state]).toEqual(["resolved", "pending"])
  waiting.value!.release()
  await turn()
  expect(late.state).toBe("resolved")
  late.value!.release()
})

test("tryAcquire takes an idle connection and never waits", async () => {
  const { pool } = poolKit({ max: 1 })
  expect(pool.tryAcquire()).toBeUndefined()
  const lease = await pool.acquire()
  expect(pool.tryAcquire()).toBeUndefined()
  lease.release()
  const taken = pool.tryAcquire()
  expect(taken?.info.processId).toBe(lease.info.processId)
  taken?.release()
})

test("the first connection that is ready serves the head of the queue, and a surplus attempt becomes idle", async () => {
  const { pool, driver, clock } = poolKit({ max: 2 })
  const held = await pool.acquire()
  driver.delayConnects(150)
  const waiting = watch(pool.acquire())
  await clock.advance(10)
  held.release()
  await turn()
  expect(waiting.value?.info.processId).toBe(held.info.processId)
  await clock.advance(150)
  expect(pool.stats()).toMatchObject({ total: 2, idle: 1, leased: 1 })
  waiting.value!.release()
})

test("there are no more attempts than waiting callers need, and at most connectConcurrency at a time", async () => {
  const { pool, driver, clock } = poolKit({ max: 10, connectConcurrency: 3 })
  driver.delayConnects(100)
  const waiting = Array.from({ length: 8 }, () => watch(pool.acquire()))
  await turn()
  expect(driver.counts.connecting).toBe(3)
  await clock.advance(100)
  expect(driver.counts.connecting).toBe(3)
  await clock.advance(200)
  expect(driver.counts.opened).toBe(8)
  expect(waiting.every((each) => each.state === "resolved")).toBe(true)
  for (const each of waiting) each.value!.release()
})

test("a spike of 50 callers on 5 warm connections is served by those, with few attempts", async () => {
  const { pool, driver, clock } = poolKit({ max: 50 })
  const warm = await Promise.all(Array.from({ length: 5 }, () => pool.acquire()))
  for (const each of warm) each.release()
  driver.delayConnects(150)
  driver.answer("work", { delayMs: 2 })
  const spike = watch(Promise.all(Array.from({ length: 50 }, () => pool.query("work"))))
  await clock.advance(60)
  expect(spike.state).toBe("resolved")
  expect(driver.counts.attempts).toBeLessThanOrEqual(15)
})

test("the acquire timeout names its cause: all connections are in use", async () => {
  const { pool, clock } = poolKit({ max: 1, acquireTimeoutMs: 200 })
  const held = await pool.acquire()
  await clock.advance(42_000)
  const waiting = watch(pool.acquire())
  const other = watch(pool.acquire({ acquireTimeoutMs: 10_000 }))
  await clock.advance(201)
  const error = waiting.error as AcquireTimeoutError
  expect(error).toBeInstanceOf(AcquireTimeoutError)
  expect(error.message).toBe(
    "test: no connection after 200 ms: all connections are in use (max 1: 1 leased, 0 idle, 0 connecting, 2 waiting; longest-held lease 42200 ms)",
  )
  expect(error).toMatchObject({
    code: "PGSD_ACQUIRE_TIMEOUT",
    reason: "exhausted",
    retryable: true,
    elapsedMs: 200,
    longestLeaseMs: 42_200,
  })
  expect(error.cause).toBeUndefined()
  expect(pool.stats()).toMatchObject({ timeouts: 1, waiting: 1 })
  held.release()
  await turn()
  other.value!.release()
})

test("the acquire timeout names its cause: the server refuses connections", async () => {
  const { pool, driver, clock } = poolKit({ acquireTimeoutMs: 1_000 })
  driver.failConnects({ systemCode: "ECONNREFUSED" })
  const waiting = watch(pool.acquire())
  await clock.advance(1_001)
  const error = waiting.error as AcquireTimeoutError
  expect(error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", reason: "unreachable" })
  expect(error.message).toMatch(
    /^test: no connection after 1000 ms: 4 attempts to connect failed, the last with: .*connect ECONNREFUSED.*\(max 5: 0 leased, 0 idle, 0 connecting, 1 waiting\)$/,
  )
  expect(error.cause).toMatchObject({ code: "PGSD_CONNECTION_REFUSED" })
})

test("the acquire timeout names its cause: an attempt takes long", async () => {
  const { pool, driver, clock } = poolKit({ acquireTimeoutMs: 200 })
  driver.delayConnects(400)
  const waiting = watch(pool.acquire())
  await clock.advance(201)
  expect((waiting.error as AcquireTimeoutError).message).toBe(
    "test: no connection after 200 ms: an attempt to connect has been under way for 200 ms (max 5: 0 leased, 0 idle, 1 connecting, 1 waiting)",
  )
  expect(waiting.error).toMatchObject({ reason: "connecting" })
  await clock.advance(200)
  expect(pool.stats()).toMatchObject({ idle: 1, total: 1 })
})

test("the acquire timeout names its cause: the pool is suspended", async () => {
  const { pool, clock } = poolKit({ acquireTimeoutMs: 200 })
  pool.suspend()
  const waiting = watch(pool.acquire())
  await clock.advance(201)
  expect((waiting.error as AcquireTimeoutError).message).toContain("the pool is suspended")
  expect(waiting.error).toMatchObject({ reason: "suspended", hint: "call resume()" })
})

test("10,000 callers time out in order, each once, a few per turn", async () => {
  const { pool, clock } = poolKit({ max: 1 })
  const held = await pool.acquire()
  const order: number[] = []
  const all = Array.from({ length: 10_000 }, (_, n) => pool.acquire({ acquireTimeoutMs: 1_000 }).catch(() => order.push(n)))
  await clock.advance(1_200)
  expect(order).toEqual(Array.from({ length: 10_000 }, (_, n) => n))
  await Promise.all(all)
  expect(pool.stats().waiting).toBe(0)
  held.release()
})

test("an already aborted signal keeps a caller out of the queue", async () => {
  const { pool, driver } = poolKit()
  const reason = new Error("changed my mind")
  await expect(pool.acquire({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(driver.counts.attempts).toBe(0)
  expect(pool.stats()).toMatchObject({ aborted: 1, waiting: 0 })
})

test("an abort removes a caller from the middle of the queue", async () => {
  const { pool } = poolKit({ max: 1 })
  const held = await pool.acquire()
  const control = new AbortController()
  const first = watch(pool.acquire({ signal: control.signal }))
  const second = watch(pool.acquire())
  control.abort()
  await turn()
  expect(first.error).toBe(control.signal.reason)
  held.release()
  await turn()
  expect(second.state).toBe("resolved")
  second.value!.release()
})

test("an abort in the tick in which the connection is lent is too late: the caller has it", async () => {
  const { pool } = poolKit({ max: 1 })
  const held = await pool.acquire()
  const control = new AbortController()
  const waiting = watch(pool.acquire({ signal: control.signal }))
  held.release()
  control.abort()
  await turn()
  expect(waiting.state).toBe("resolved")
  waiting.value!.release()
  expect(pool.stats()).toMatchObject({ idle: 1, leased: 0, aborted: 0 })
})

test("a released or refused caller leaves no listener on its signal", async () => {
  const { pool } = poolKit({ max: 1 })
  const control = new AbortController()
  const held = await pool.acquire({ signal: control.signal })
  const waiting = pool.acquire({ signal: control.signal })
  expect(getEventListeners(control.signal, "abort")).toHaveLength(1)
  held.release()
  ;(await waiting).release()
  expect(getEventListeners(control.signal, "abort")).toHaveLength(0)
})

test("a full queue refuses the next caller at once", async () => {
  const { pool, clock } = poolKit({ max: 1, maxWaiting: 2 })
  const held = await pool.acquire()
  const queued = [watch(pool.acquire()), watch(pool.acquire())]
  const refused = await pool.acquire().catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(PoolError)
  expect(refused).toMatchObject({ code: "PGSD_QUEUE_FULL", message: "test: 2 callers wait already (maxWaiting)" })
  await clock.advance(10_001)
  expect(queued.map((each) => each.state)).toEqual(["rejected", "rejected"])
  held.release()
})

test("an attempt outlives the caller that caused it, and its connection is kept", async () => {
  const { pool, driver, clock } = poolKit({ acquireTimeoutMs: 100 })
  driver.delayConnects(500)
  const waiting = watch(pool.acquire())
  await clock.advance(101)
  expect(waiting.state).toBe("rejected")
  await clock.advance(400)
  expect(pool.stats()).toMatchObject({ idle: 1, total: 1, created: 1 })
})

test("ready() fills min and fails fast", async () => {
  const { pool, driver, clock } = poolKit({ min: 3 })
  await pool.ready()
  expect(pool.stats()).toMatchObject({ idle: 3, total: 3 })
  driver.failConnects({ systemCode: "ECONNREFUSED" })
  driver.killAll()
  const ready = watch(pool.ready({ acquireTimeoutMs: 500 }))
  await clock.advance(501)
  expect(ready.error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT" })
})

test("ready() opens one connection when min is 0, and rejects with a permanent error unchanged", async () => {
  const good = poolKit()
  await good.pool.ready()
  expect(good.pool.stats().idle).toBe(1)
  const bad = poolKit()
  bad.driver.failConnects({ sqlState: "3D000", message: 'database "nix" does not exist' })
  await expect(bad.pool.ready()).rejects.toMatchObject({ code: "PGSD_DATABASE_NOT_FOUND", sqlState: "3D000" })
})
