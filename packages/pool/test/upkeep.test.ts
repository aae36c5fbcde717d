import { expect, test } from "vitest"
import type { ConnectionPool, Lease } from "../src/index.ts"
import { poolKit, turn, watch } from "./support/pool-kit.ts"

async function open(pool: ConnectionPool, count: number): Promise<Lease[]> {
  const leases = await Promise.all(Array.from({ length: count }, () => pool.acquire()))
  return leases.sort((a, b) => a.info.processId - b.info.processId)
}

test("idle connections above min are closed, the longest unused first", async () => {
  const { pool, driver, clock } = poolKit({ min: 1, max: 3, idleTimeoutMs: 10_000, validateAfterMs: 60_000 })
  const leases = await open(pool, 3)
  for (const lease of leases) {
    lease.release()
    await clock.advance(3_000)
  }
  await clock.advance(3_500)
  expect(driver.connections.map((each) => each.id)).toEqual([2, 3])
  await clock.advance(60_000)
  expect(driver.connections.map((each) => each.id)).toEqual([3])
  expect(pool.stats()).toMatchObject({ idle: 1, closedBy: { idle: 2 } })
})

test("an idle timeout of 0 keeps nothing", async () => {
  const { pool, driver } = poolKit({ idleTimeoutMs: 0 })
  ;(await pool.acquire()).release()
  await turn()
  expect(driver.counts).toMatchObject({ opened: 1, open: 0 })
})

test("a connection is retired at its age, earlier by the jitter, and never while it is leased", async () => {
  const { pool, driver, clock } = poolKit({
    max: 2,
    maxLifetimeMs: 10_000,
    maxLifetimeJitter: 0.5,
    random: () => 0.5,
    idleTimeoutMs: 60_000,
  })
  const [a, b] = await open(pool, 2)
  a!.release()
  await clock.advance(7_400)
  expect(driver.counts.open).toBe(2)
  await clock.advance(3_000)
  expect(driver.connections.map((each) => each.id)).toEqual([2])
  expect(b!.status).toBe("idle")
  b!.release()
  await turn()
  expect(pool.stats()).toMatchObject({ total: 0, closedBy: { lifetime: 2 } })
})

test("lifetimes are spread: connections opened together do not end together", async () => {
  const dice = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
  let n = 0
  const { pool, clock } = poolKit({
    max: 10,
    maxLifetimeMs: 100_000,
    random: () => dice[n++ % 10]!,
    idleTimeoutMs: Number.POSITIVE_INFINITY,
  })
  for (const each of await open(pool, 10)) each.release()
  await clock.advance(90_000)
  const totals = new Set<number>()
  for (let step = 0; step < 120; step++) {
    await clock.advance(100)
    totals.add(pool.stats().total)
  }
  expect(totals.size).toBeGreaterThanOrEqual(3)
})

test("min is filled at the start and refilled after a loss, without traffic", async () => {
  const { pool, driver, clock } = poolKit({ min: 3 })
  await turn()
  expect(pool.stats()).toMatchObject({ idle: 3, total: 3 })
  await clock.advance(5_000)
  driver.killAll()
  await clock.advance(2_000)
  expect(pool.stats()).toMatchObject({ idle: 3, lost: 3 })
})

test("a server that is down gets few attempts to fill min, and min is filled when it is back", async () => {
  const { pool, driver, clock } = poolKit({ min: 3 })
  await clock.advance(5_000)
  driver.failConnects({ systemCode: "ECONNREFUSED" })
  driver.killAll()
  await clock.advance(10_000)
  expect(driver.counts.attempts).toBeLessThanOrEqual(3 + 30)
  driver.allowConnects()
  await clock.advance(2_000)
  expect(pool.stats()).toMatchObject({ idle: 3 })
})

test("evict retires idle connections at once and leased ones at release", async () => {
  const { pool, driver } = poolKit({ max: 3 })
  const [a, b] = await open(pool, 2)
  a!.release()
  pool.evict()
  await turn()
  expect(driver.connections.map((each) => each.id)).toEqual([2])
  await b!.query("SELECT 1")
  b!.release()
  await turn()
  expect(pool.stats()).toMatchObject({ total: 0, closedBy: { evict: 2 } })
})

test("an attempt in progress at evict() is not trusted either", async () => {
  const { pool, driver, clock } = poolKit({ max: 1 })
  driver.delayConnects(100)
  const waiting = watch(pool.acquire())
  await clock.advance(50)
  pool.evict()
  await clock.advance(200)
  expect(waiting.value?.info.processId).toBe(2)
  waiting.value!.release()
})

test("suspend lends nothing; resume serves waiting callers in order", async () => {
  const { pool } = poolKit({ max: 1 })
  ;(await pool.acquire()).release()
  pool.suspend()
  expect(pool.state).toBe("suspended")
  expect(pool.tryAcquire()).toBeUndefined()
  const order: number[] = []
  const waiting = [1, 2, 3].map((n) =>
    pool.acquire().then((lease) => {
      order.push(n)
      lease.release()
    }),
  )
  await turn()
  expect(order).toEqual([])
  pool.resume()
  await Promise.all(waiting)
  expect(order).toEqual([1, 2, 3])
})

test("a connection released to a suspended pool waits for resume()", async () => {
  const { pool, driver } = poolKit({ max: 2 })
  const lease = await pool.acquire()
  pool.suspend()
  const waiting = watch(pool.acquire())
  lease.release()
  await turn()
  expect([waiting.state, driver.counts.attempts]).toEqual(["pending", 1])
  pool.resume()
  await turn()
  expect(waiting.state).toBe("resolved")
  waiting.value!.release()
})

test("resize takes effect at once on idle connections, at release on leased ones, and grows for waiting callers", async () => {
  const { pool, driver } = poolKit({ max: 10 })
  const leases = await open(pool, 10)
  for (const each of leases.slice(0, 4)) each.release()
  pool.resize({ max: 2 })
  await turn()
  expect(pool.stats()).toMatchObject({ max: 2, total: 6, idle: 0 })
  const waiting = watch(pool.acquire())
  for (const each of leases.slice(4)) each.release()
  await turn()
  expect(pool.stats()).toMatchObject({ total: 2, closedBy: { idle: 8 } })
  expect(waiting.state).toBe("resolved")
  const more = [watch(pool.acquire()), watch(pool.acquire())]
  await turn()
  expect(more.map((each) => each.state)).toEqual(["resolved", "pending"])
  pool.resize({ max: 3, min: 3 })
  await turn()
  expect(more[1]!.state).toBe("resolved")
  expect(driver.counts.open).toBe(3)
  for (const each of [waiting, ...more]) each.value!.release()
})

test("closeIdle closes idle connections, and min is not refilled before the next caller", async () => {
  const { pool, driver, clock } = poolKit({ min: 2, max: 4 })
  await pool.ready()
  expect(await pool.closeIdle()).toBe(2)
  expect(pool.stats().closedBy).toMatchObject({ idle: 2 })
  await clock.advance(120_000)
  expect(driver.counts.open).toBe(0)
  ;(await pool.acquire()).release()
  await turn()
  expect(pool.stats()).toMatchObject({ idle: 2 })
})

test("cleanupStaleConnections closes lost, expired and long idle connections, and returns their number", async () => {
  const { pool, driver, clock } = poolKit({ max: 3, idleTimeoutMs: 1_000_000, maxLifetimeMs: 1_000_000, healthCheckIntervalMs: 1_000_000 })
  for (const each of await open(pool, 3)) each.release()
  await clock.advance(10_000)
  driver.answer("", { error: { sqlState: "XX000" } }, { times: 1 })
  expect(await pool.cleanupStaleConnections()).toBe(1)
  clock.jump(2_000_000)
  expect(await pool.cleanupStaleConnections()).toBe(2)
  expect(pool.stats()).toMatchObject({ total: 0 })
})

test("an empty pool has no timer, and no timer of an idle pool keeps the process alive", async () => {
  const { pool, clock } = poolKit({ idleTimeoutMs: 1_000 })
  expect(clock.pending).toBe(0)
  ;(await pool.acquire()).release()
  expect(clock.pending).toBe(1)
  await clock.advance(3_000)
  expect([pool.stats().total, clock.pending]).toEqual([0, 0])
})

test("a pool over a driver with one session holds one connection", async () => {
  const { pool, driver } = poolKit({ max: 5, min: 2 }, { supports: { concurrency: "one" } })
  expect(pool.stats()).toMatchObject({ max: 1, min: 1 })
  await pool.ready()
  const lease = await pool.acquire()
  const waiting = watch(pool.acquire())
  pool.resize({ max: 4 })
  await turn()
  expect([waiting.state, driver.counts.opened, pool.stats().max]).toEqual(["pending", 1, 1])
  lease.release()
  ;(await waiting.promise).release()
})

test("exactly at its age a connection is neither lent nor kept, nor checked first", async () => {
  const settings = {
    maxLifetimeMs: 10_000,
    maxLifetimeJitter: 0,
    validateAfterMs: 60_000,
    idleTimeoutMs: 60_000,
    healthCheckIntervalMs: 120_000,
  }
  const { pool, driver, clock } = poolKit({ max: 1, ...settings })
  const lease = await pool.acquire()
  await clock.advance(10_000)
  lease.release()
  expect(pool.stats()).toMatchObject({ idle: 0, closedBy: { lifetime: 1 } })
  ;(await pool.acquire()).release()
  // By the wall clock alone, so that no timer fires first.
  clock.jump(9_999)
  const taken = pool.tryAcquire()
  expect(taken?.info.processId).toBe(2)
  taken!.release()
  clock.jump(1)
  expect(pool.tryAcquire()).toBeUndefined()
  ;(await pool.acquire()).release()
  expect([driver.counts.opened, driver.queries.length]).toEqual([3, 0])
})

test("the timer closes connections that have just reached their age or idle timeout", async () => {
  const aged = poolKit({ maxLifetimeMs: 10_000, maxLifetimeJitter: 0, idleTimeoutMs: 60_000, healthCheckIntervalMs: 60_000 })
  ;(await aged.pool.acquire()).release()
  await aged.clock.advance(10_000)
  expect(aged.pool.stats()).toMatchObject({ total: 0, closedBy: { lifetime: 1 } })
  const idle = poolKit({ idleTimeoutMs: 10_000 })
  ;(await idle.pool.acquire()).release()
  await idle.clock.advance(10_000)
  expect(idle.pool.stats()).toMatchObject({ total: 0, closedBy: { idle: 1 } })
})

test("an idle timeout of 0 still keeps min", async () => {
  const { pool } = poolKit({ idleTimeoutMs: 0, min: 1, max: 3 })
  const leases = await open(pool, 3)
  for (const each of leases) each.release()
  await turn()
  expect(pool.stats()).toMatchObject({ idle: 1, total: 1, closedBy: { idle: 2 } })
})

test("resize closes no more idle connections than necessary", async () => {
  const { pool } = poolKit({ max: 8 })
  for (const each of await open(pool, 6)) each.release()
  pool.resize({ max: 4 })
  await turn()
  expect(pool.stats()).toMatchObject({ idle: 4, total: 4 })
  pool.resize({ max: 4 })
  expect(pool.stats()).toMatchObject({ idle: 4 })
})

test("a connection that is lost after a second of idling is replaced at once; a younger one after a pause", async () => {
  const { pool, driver, clock } = poolKit({ min: 1 })
  await turn()
  await clock.advance(1_000)
  driver.killAll()
  await turn()
  expect(pool.stats()).toMatchObject({ idle: 1, lost: 1 })
  await clock.advance(999)
  driver.killAll()
  await turn()
  expect(pool.stats()).toMatchObject({ idle: 0, connecting: 0, lost: 2 })
  await clock.advance(101)
  expect(pool.stats()).toMatchObject({ idle: 1 })
})

test("a connection that was used and is lost young is replaced at once", async () => {
  const { pool, driver } = poolKit({ min: 1 })
  ;(await pool.acquire()).release()
  driver.killAll()
  await turn()
  expect(pool.stats()).toMatchObject({ idle: 1, lost: 1 })
})
