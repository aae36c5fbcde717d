import { channel } from "node:diagnostics_channel"
import { getEventListeners } from "node:events"
import { createConnectionPool } from "@pgsd/pool"
import { fakeDriver, manualClock, seededRandom } from "@pgsd/testing"
import { describe, expect, onTestFinished, test } from "vitest"
import { eventStream } from "../src/event-stream.ts"
import { History } from "../src/history.ts"
import { Hub } from "../src/hub.ts"
import { LatencyWindow } from "../src/latency-window.ts"

function scene() {
  const clock = manualClock(1_000)
  const driver = fakeDriver({ clock })
  const pool = createConnectionPool({
    driver,
    label: "shop",
    clock,
    max: 1,
    acquireTimeoutMs: 100,
    idleTimeoutMs: Number.POSITIVE_INFINITY,
  })
  const hub = new Hub([pool], clock)
  const never = new AbortController().signal
  onTestFinished(async () => {
    hub.close()
    const closed = pool.close({ timeoutMs: 1 })
    await clock.advance(10_000)
    await closed
  })
  return { clock, driver, pool, hub, all: async () => (await hub.since(0, never)).update.pools[0]! }
}

describe("the history of a pool", () => {
  test("has a sample four times a second, with rates since the previous one", async () => {
    const { clock, pool, all } = scene()
    await Promise.all([pool.query("select 1"), pool.query("select 2")])
    await clock.advance(500)
    const { samples } = await all()
    expect(samples.map(({ at, idle, queriesPerSecond }) => [at, idle, queriesPerSecond])).toEqual([
      [1_000, 0, 0],
      [1_250, 1, 8],
      [1_500, 1, 0],
    ])
    expect(samples[2]!.query).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)])
  })

  test("is bounded: five minutes of samples, 200 events, and repeated events are counted", async () => {
    const { clock, pool, all } = scene()
    const event = (sql: string) => ({ pool: "shop", instance: pool, processId: 1, sql, durationMs: 1, error: new Error("no") })
    for (let at = 0; at < 1_000; at++) channel("pgsd:pool:query").publish(event(`select ${at}`))
    for (let at = 0; at < 1_000; at++) channel("pgsd:pool:query").publish(event("select 'again'"))
    channel("pgsd:pool:query").publish({ ...event("x".repeat(1_000_000)), instance: "another" })
    channel("pgsd:pool:query").publish(event("y".repeat(1_000_000)))
    await clock.advance(10 * 60_000)
    const { samples, occurrences, label } = await all()
    expect(label).toBe(pool.label)
    expect(samples).toHaveLength(1_200)
    expect(occurrences).toHaveLength(200)
    expect(occurrences.at(-2)).toMatchObject({ sql: "select 'again'", count: 1_000 })
    expect(occurrences.at(-1)!.sql!.length).toBeLessThan(1_100)
    expect(samples[0]!.errorsPerSecond).toBe(0)
  })

  test("counts callers that got no connection in time, by the pool's own counter", async () => {
    const { clock, pool, all } = scene()
    const lease = await pool.acquire()
    const missed = pool.acquire().catch(({ code }) => code)
    await clock.advance(250)
    expect(await missed).toBe("PGSD_ACQUIRE_TIMEOUT")
    await clock.advance(250)
    expect((await all()).occurrences.at(-1)).toMatchObject({
      kind: "acquire-timeout",
      text: "a caller got no connection in time",
      failure: { message: "1 of 1 connections in use, 0 still waiting" },
    })
    lease.release()
  })

  test("has health checks only while a page is open, and says why there is none", async () => {
    const { clock, driver, hub, all } = scene()
    await clock.advance(20_000)
    expect((await all()).health).toBeUndefined()
    expect(driver.connections).toHaveLength(0)
    hub.viewers = 1
    await clock.advance(5_250)
    expect((await all()).health).toMatchObject({ healthy: true })
    driver.failConnects({ systemCode: "ECONNREFUSED" })
    driver.killAll()
    await clock.advance(20_000)
    expect((await all()).health).toMatchObject({ healthy: false, failure: { code: expect.any(String) } })
  })

  test("subscribes to no event that is not shown", () => {
    scene()
    for (const name of ["open", "close", "disconnect", "release", "acquire-failed"])
      expect([name, channel(`pgsd:pool:${name}`).hasSubscribers]).toEqual([name, false])
  })

  test("ends with the hub: no subscription and no timer is left", async () => {
    const { clock, hub } = scene()
    expect(channel("pgsd:pool:query").hasSubscribers).toBe(true)
    hub.close()
    expect(channel("pgsd:pool:query").hasSubscribers).toBe(false)
    expect(clock.pending).toBe(0)
    await expect(hub.since(Number.MAX_SAFE_INTEGER, hub.signal)).rejects.toThrow("aborted")
  })
})

test("percentiles are of the last seconds, to two digits", () => {
  const random = seededRandom()
  const window = new LatencyWindow(10_000, 0)
  expect(window.percentiles(0)).toBeNull()
  const values = Array.from({ length: 10_000 }, () => 0.1 + random.next() * 100)
  for (const value of values) window.record(value)
  const sorted = values.sort((one, other) => one - other)
  const found = window.percentiles(4_000)!
  for (const [at, part] of [0.5, 0.95, 0.99].entries())
    expect(found[at]! / sorted[Math.floor(part * 10_000)]!, `seed ${random.seed}`).toBeCloseTo(1, 1)
  expect(window.percentiles(5_000)).not.toBeNull()
  window.record(7)
  const [p50] = window.percentiles(10_000)!
  expect(p50).toBeCloseTo(7, 1)
  expect(window.percentiles(60_000)).toBeNull()
})

test("returns the entries between two revisions, and drops the oldest", () => {
  const history = new History<string>(3)
  for (const [at, value] of ["a", "b", "c", "d"].entries()) history.add(at + 1, value)
  expect(history.since(0, 4)).toEqual(["b", "c", "d"])
  expect(history.since(0, 3)).toEqual(["b", "c"])
  expect(history.since(3, 4)).toEqual(["d"])
  expect(history.since(4, 4)).toEqual([])
  history.replaceLast(9, "D")
  expect([history.last, history.since(4, 9)]).toEqual(["D", ["D"]])
})

describe("the event stream", () => {
  test("leaves nothing behind at the hub when its reader leaves, and ends with the hub", async () => {
    const { hub } = scene()
    const leaving = eventStream(hub, 0).getReader()
    const staying = eventStream(hub, 0).getReader()
    expect(Buffer.from((await leaving.read()).value!).toString()).toMatch(/^id: \d+\ndata: \{/)
    expect([hub.viewers, getEventListeners(hub.signal, "abort").length]).toEqual([2, 1])
    await leaving.cancel()
    expect(hub.viewers).toBe(1)
    await staying.read()
    const next = staying.read()
    hub.close()
    expect((await next).done).toBe(true)
    expect([hub.viewers, getEventListeners(hub.signal, "abort").length]).toEqual([0, 0])
  })
})
