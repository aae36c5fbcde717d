import type { Notification } from "@pgsd/driver"
import { describe, expect, onTestFinished, test } from "vitest"
import type { ListenGap } from "../../src/index.ts"
import { poolKit, turn, watch } from "../support/pool-kit.ts"

const ignore = () => {}

describe("listen", () => {
  test("receives notifications over one session in addition to max, which ends with the last listener", async () => {
    const { pool, driver } = poolKit({ max: 1 })
    const received: Notification[] = []
    const listening = await pool.listen("Orders", (notification) => void received.push(notification))
    expect(pool.stats()).toMatchObject({ total: 0, listening: 1 })
    expect(driver.queries.map(({ sql }) => sql)).toContain('LISTEN "Orders"')
    await pool.notify("Orders", "7")
    expect(received).toMatchObject([{ channel: "Orders", payload: "7" }])
    driver.notify("orders", "another name")
    expect(received).toHaveLength(1)
    expect(listening).toMatchObject({ active: true, channels: ["Orders"] })
    expect(pool.stats()).toMatchObject({ total: 1, max: 1, listening: 1 })
    await listening.close()
    expect(listening.active).toBe(false)
    expect(driver.counts.open).toBe(1)
    expect(pool.stats()).toMatchObject({ total: 1, listening: 0 })
    driver.notify("Orders")
    expect(received).toHaveLength(1)
    await listening.close()
  })

  test("a notification of a transaction is sent with its COMMIT, and not with its ROLLBACK", async () => {
    const { pool } = poolKit()
    const received: string[] = []
    await pool.listen("jobs", ({ payload }) => void received.push(payload))
    await pool.transaction(async (transaction) => {
      await transaction.notify("jobs", "committed")
      expect(received).toEqual([])
    })
    await expect(
      pool.transaction(async (transaction) => {
        await transaction.notify("jobs", "rolled back")
        throw new Error("own")
      }),
    ).rejects.toThrow("own")
    expect(received).toEqual(["committed"])
  })

  test("listeners share the session: requests of one turn are one round trip, and UNLISTEN follows the last listener of a channel", async () => {
    const { pool, driver } = poolKit()
    const sent = () => driver.queries.map(({ sql }) => sql).filter((sql) => /LISTEN/.test(sql))
    const received: string[] = []
    const first = await pool.listen(["a", "b", "a"], ({ channel }) => void received.push(`first ${channel}`))
    const [second, third] = await Promise.all([
      pool.listen("b", ({ channel }) => void received.push(`second ${channel}`)),
      pool.listen("c", ({ channel }) => void received.push(`third ${channel}`)),
    ])
    expect(sent()).toEqual(['LISTEN "a"; LISTEN "b"', 'LISTEN "c"'])
    driver.notify("b")
    expect(received).toEqual(["first b", "second b"])
    await Promise.all([first.close(), third.close()])
    expect(sent().slice(2)).toEqual(['UNLISTEN "a"; UNLISTEN "c"'])
    expect(driver.counts).toMatchObject({ opened: 1, open: 1 })
    await second.close()
    expect(driver.leaks()).toEqual([])
  })

  test("a lost session is replaced with the pauses of the pool's attempts, and onGap is called", async () => {
    const { pool, driver, clock } = poolKit()
    const gaps: ListenGap[] = []
    const received: string[] = []
    const listening = await pool.listen("a", ({ payload }) => void received.push(payload), { onGap: (gap) => void gaps.push(gap) })
    driver.failConnects({ systemCode: "ECONNREFUSED" }, { times: 3 })
    const { attempts } = driver.counts
    driver.killAll()
    await turn()
    expect(listening.active).toBe(false)
    expect(driver.counts.attempts).toBe(attempts + 1)
    await clock.advance(99)
    expect(driver.counts.attempts).toBe(attempts + 1)
    await clock.advance(1)
    expect(driver.counts.attempts).toBe(attempts + 2)
    await clock.advance(200 + 400)
    expect(driver.counts.attempts).toBe(attempts + 4)
    expect(listening.active).toBe(true)
    expect(gaps).toMatchObject([{ channels: ["a"], error: { code: "PGSD_CONNECTION_LOST" } }])
    expect(gaps[0]!.durationMs).toBeGreaterThan(690)
    driver.notify("a", "again")
    expect(received).toEqual(["again"])
  })

  test("a server that refuses LISTEN again is not retried without a pause", async () => {
    const { pool, driver, clock } = poolKit()
    await pool.listen("a", ignore)
    driver.answer(/^LISTEN/, { error: { sqlState: "25006", message: "cannot execute LISTEN during recovery" } })
    const { attempts } = driver.counts
    driver.killAll()
    await clock.advance(10_000)
    expect(driver.counts.attempts - attempts).toBeLessThan(16)
    expect(driver.counts.open).toBe(0)
  })

  test("a permanent error rejects a first listen(); a listener that has started recovers when the error is gone", async () => {
    const errors: unknown[] = []
    const { pool, driver, clock } = poolKit({ onError: (error) => errors.push(error) })
    driver.failConnects({ sqlState: "28000", message: "role is not permitted to log in" })
    await expect(pool.listen("a", ignore)).rejects.toMatchObject({ code: "PGSD_AUTH_FAILED", label: "test" })
    driver.allowConnects()
    await clock.advance(2_000)
    const gaps: ListenGap[] = []
    await pool.listen("a", ignore, { onGap: (gap) => void gaps.push(gap) })
    driver.failConnects({ sqlState: "28000", message: "role is not permitted to log in" })
    driver.killAll()
    await clock.advance(5_000)
    const late = watch(pool.listen("b", ignore, { acquireTimeoutMs: 300 }))
    await clock.advance(300)
    expect(late.error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", cause: { code: "PGSD_AUTH_FAILED" } })
    expect(errors.length).toBeGreaterThan(3)
    driver.allowConnects()
    await clock.advance(1_000)
    expect(gaps).toHaveLength(1)
  })

  test("an unresponsive network is detected after heartbeatMs and validateTimeoutMs, by an unref'd timer", async () => {
    const errors: { code: string }[] = []
    const { pool, driver, clock } = poolKit({ validateTimeoutMs: 500, onError: (error) => errors.push(error) })
    const gaps: ListenGap[] = []
    await pool.listen("a", ignore, { heartbeatMs: 10_000, onGap: (gap) => void gaps.push(gap) })
    await clock.advance(9_000)
    driver.notify("a")
    const beats = () => driver.queries.filter(({ sql }) => sql === "").length
    await clock.advance(9_000)
    expect(beats()).toBe(0)
    await clock.advance(1_000)
    expect(beats()).toBe(1)
    driver.answer("", { delayMs: Number.POSITIVE_INFINITY }, { times: 1 })
    await clock.advance(10_000 + 499)
    expect([beats(), gaps.length]).toEqual([2, 0])
    await clock.advance(1)
    expect(gaps).toMatchObject([{ error: { code: "PGSD_VALIDATE_FAILED" } }])
    expect(errors).toMatchObject([{ code: "PGSD_VALIDATE_FAILED" }])
    expect(driver.counts.open).toBe(1)
  })

  test("the shortest heartbeat of the listeners counts; Infinity disables it", async () => {
    const { pool, driver, clock } = poolKit()
    const beats = () => driver.queries.filter(({ sql }) => sql === "").length
    await pool.listen("a", ignore, { heartbeatMs: Number.POSITIVE_INFINITY })
    await clock.advance(100_000)
    expect(beats()).toBe(0)
    const short = await pool.listen("b", ignore, { heartbeatMs: 1_000 })
    await clock.advance(3_000)
    expect(beats()).toBe(3)
    await short.close()
    await clock.advance(100_000)
    expect(beats()).toBe(3)
  })

  test("a handler that throws or rejects becomes a process warning, and the others are called", async () => {
    const { pool, driver } = poolKit()
    const received: string[] = []
    await pool.listen("a", () => {
      throw new Error("a handler threw")
    })
    await pool.listen("a", () => Promise.reject(new Error("a handler rejected")))
    await pool.listen("a", ({ payload }) => void received.push(payload))
    const warnings: string[] = []
    const warn = ({ message }: Error) => void warnings.push(message)
    process.on("warning", warn)
    onTestFinished(() => void process.off("warning", warn))
    driver.notify("a", "1")
    expect(received).toEqual(["1"])
    await turn()
    expect(warnings).toEqual(["a handler threw", "a handler rejected"])
  })

  test("the wait is bounded by acquireTimeoutMs and the signal, and leaves nothing behind", async () => {
    const { pool, driver, clock } = poolKit()
    driver.delayConnects(Number.POSITIVE_INFINITY)
    const late = watch(pool.listen("a", ignore, { acquireTimeoutMs: 50 }))
    await clock.advance(50)
    expect(late.error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", retryable: true, label: "test" })
    const abort = new AbortController()
    const aborted = watch(pool.listen("a", ignore, { signal: abort.signal }))
    await turn()
    abort.abort(new Error("enough"))
    await turn()
    expect(aborted.error).toBe(abort.signal.reason)
    driver.allowConnects()
    await clock.advance(10_000)
    expect(driver.leaks()).toEqual([])
    expect(clock.pending).toBe(0)
  })

  test("the signal ends a listener that has started", async () => {
    const { pool, driver, clock } = poolKit()
    const abort = new AbortController()
    const received: string[] = []
    await pool.listen("a", ({ payload }) => void received.push(payload), { signal: abort.signal })
    abort.abort()
    driver.notify("a")
    await turn()
    expect(received).toEqual([])
    expect(driver.leaks()).toEqual([])
    expect(clock.pending).toBe(0)
  })

  test("pool.close() ends every listener and refuses waiting and later ones", async () => {
    const { pool, driver, clock } = poolKit()
    const begun = await pool.listen("a", ignore)
    driver.answer(/^LISTEN "b"/, { delayMs: Number.POSITIVE_INFINITY })
    const waiting = watch(pool.listen("b", ignore))
    await turn()
    const closed = pool.close()
    await clock.advance(2_000)
    await closed
    expect(begun.active).toBe(false)
    expect(waiting.error).toMatchObject({ code: "PGSD_POOL_CLOSED" })
    await expect(pool.listen("c", ignore)).rejects.toMatchObject({ code: "PGSD_POOL_CLOSED" })
    expect(driver.leaks()).toEqual([])
    expect(clock.pending).toBe(0)
  })

  test("a refused channel affects only its own listen() call", async () => {
    const { pool, driver } = poolKit()
    const received: string[] = []
    await pool.listen("a", ({ payload }) => void received.push(payload))
    driver.answer(/LISTEN "b"/, { error: { sqlState: "53200", message: "out of memory" } })
    await expect(pool.listen("b", ignore)).rejects.toMatchObject({ sqlState: "53200" })
    driver.notify("a", "still")
    expect(received).toEqual(["still"])
    expect(driver.counts.opened).toBe(1)
  })

  test("evict() replaces the session of the listeners, too", async () => {
    const { pool, driver } = poolKit()
    const gaps: ListenGap[] = []
    await pool.listen("a", ignore, { onGap: (gap) => void gaps.push(gap) })
    pool.evict()
    await turn()
    await turn()
    expect(driver.counts).toMatchObject({ opened: 2, open: 1 })
    expect(gaps).toMatchObject([{ error: undefined }])
  })

  test.each([
    ["", "non-empty string"],
    ["a\0b", "NUL"],
    ["ü".repeat(32), "64 bytes"],
    [7, "string"],
  ])("a channel cannot have the name %j", async (name, fact) => {
    const { pool, driver } = poolKit()
    const refusal = { code: "PGSD_INVALID_PARAMETER", message: expect.stringContaining(fact), label: "test" }
    await expect(pool.listen(name as string, ignore)).rejects.toMatchObject(refusal)
    await expect(pool.notify(name as string, "")).rejects.toMatchObject(refusal)
    await expect(pool.use((lease) => lease.notify(name as string))).rejects.toMatchObject(refusal)
    expect(driver.queries).toEqual([])
  })

  test("a payload that the server would refuse is refused with an alternative", async () => {
    const { pool, driver } = poolKit()
    await expect(pool.notify("a", "x".repeat(8_000))).rejects.toMatchObject({
      code: "PGSD_INVALID_PARAMETER",
      message: expect.stringContaining("8000 bytes"),
      hint: expect.stringContaining("table"),
    })
    await expect(pool.notify("a", "a\0b")).rejects.toMatchObject({ code: "PGSD_INVALID_PARAMETER" })
    await expect(pool.notify("a", {} as never)).rejects.toMatchObject({ hint: expect.stringContaining("JSON") })
    await pool.notify("a", "x".repeat(7_999))
    expect(driver.queries).toHaveLength(1)
  })

  test("invalid options, and a pooler in transaction mode, are refused by name", async () => {
    const { pool } = poolKit()
    await expect(pool.listen("a", ignore, { heartbeat: 1 } as never)).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
    await expect(pool.listen("a", ignore, { onGap: 1 as never })).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
    await expect(pool.listen([], ignore)).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
    await expect(pool.listen("a", undefined as never)).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
    const pooled = poolKit({ pooler: "transaction" })
    await expect(pooled.pool.listen("a", ignore)).rejects.toMatchObject({
      code: "PGSD_LISTEN_REFUSED",
      hint: expect.stringContaining('pooler: "session"'),
    })
    const single = poolKit({ reset: "session" }, { supports: { concurrency: "one" } })
    await expect(single.pool.listen("a", ignore)).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
  })

  test("a detected pooler refuses it; one in session mode does not", async () => {
    const { pool, driver } = poolKit()
    driver.answer(/pg_backend_pid/, [{ own: false }])
    await expect(pool.listen("a", ignore)).rejects.toMatchObject({ code: "PGSD_LISTEN_REFUSED", label: "test" })
    expect(driver.leaks()).toEqual([])
    const session = poolKit({ pooler: "session" })
    session.driver.answer(/pg_backend_pid/, [{ own: false }])
    await session.pool.listen("a", ignore)
  })

  describe("with a single shared session", () => {
    test("LISTEN runs on it, and recovers with it", async () => {
      const { pool, driver, clock } = poolKit({ idleTimeoutMs: 1_000 }, { supports: { concurrency: "one" } })
      const received: string[] = []
      const gaps: ListenGap[] = []
      const listening = await pool.listen("a", ({ payload }) => void received.push(payload), { onGap: (gap) => void gaps.push(gap) })
      await pool.notify("a", "1")
      expect(received).toEqual(["1"])
      await clock.advance(10_000)
      expect(gaps).toEqual([])
      expect(pool.stats()).toMatchObject({ total: 1, listening: 0 })
      driver.killAll()
      await turn()
      await turn()
      await pool.notify("a", "2")
      expect(received).toEqual(["1", "2"])
      expect(gaps).toHaveLength(1)
      await listening.close()
      await pool.notify("a", "3")
      expect(received).toEqual(["1", "2"])
      await clock.advance(10_000)
      expect(driver.counts.open).toBe(0)
    })

    test("its outage costs no attempts without a pause", async () => {
      const { pool, driver, clock } = poolKit({ maxWaiting: 1 }, { supports: { concurrency: "one" } })
      await pool.listen("a", ignore)
      driver.failConnects({ sqlState: "28000", message: "no" })
      const { attempts } = driver.counts
      driver.killAll()
      await clock.advance(10_000)
      expect(driver.counts.attempts - attempts).toBeLessThan(20)
      driver.allowConnects()
      await clock.advance(2_000)
      driver.notify("a")
      expect(driver.counts.open).toBe(1)
    })
  })
})
