import { type Driver, PgsdError } from "@pgsd/driver"
import { createDatabaseManager, type DatabaseConnection, type DatabaseManager, ManagerError } from "@pgsd/manager"
import { fakeDriver, manualClock } from "@pgsd/testing"
import { describe, expect, test } from "vitest"
import { twoFakes } from "./support/two-fakes.ts"

const REFUSED = { systemCode: "ECONNREFUSED" }
const WRONG_PASSWORD = { sqlState: "28P01", message: "password authentication failed" }

describe("initialize", () => {
  test("opens one connection of every database, which the pools then hold", async () => {
    const { source, target, manager, leaks } = twoFakes()
    expect(manager.state).toBe("new")
    const initializing = manager.initialize()
    expect(manager.state).toBe("initializing")
    await initializing
    expect(manager.state).toBe("ready")
    expect([source.counts.opened, target.counts.opened]).toEqual([1, 1])
    expect(manager.stats().databases).toMatchObject({ source: { idle: 1, active: 0 }, target: { idle: 1, active: 0 } })
    await using first = await manager.getSourceConnection()
    expect(first.info.label).toBe("source")
    expect(source.counts.opened).toBe(1)
    await first.close()
    await manager.closeAll()
    expect(leaks()).toEqual([])
  })

  test("fills min on each side", async () => {
    const { source, target, manager, leaks } = twoFakes({}, { min: 3 })
    await manager.initialize()
    expect([source.counts.open, target.counts.open]).toEqual([3, 3])
    await manager.closeAll()
    expect(leaks()).toEqual([])
  })

  test("opens them concurrently", async () => {
    const { source, target, manager } = twoFakes()
    source.delayConnects(1_000)
    target.delayConnects(1_000)
    const started = performance.now()
    await manager.initialize()
    expect(performance.now() - started).toBeLessThan(1_900)
    await manager.closeAll()
  })

  test("when one fails nothing stays open, the error names it, and a later call may succeed", async () => {
    const { source, target, manager, leaks } = twoFakes()
    target.failConnects(WRONG_PASSWORD)
    await expect(manager.initialize()).rejects.toMatchObject({ code: "PGSD_AUTH_FAILED", label: "target" })
    expect(manager.state).toBe("new")
    expect(leaks()).toEqual([])
    expect([source.counts.opened, target.counts.attempts]).toEqual([1, 1])
    target.allowConnects()
    await manager.initialize()
    expect(manager.state).toBe("ready")
    await manager.closeAll()
    expect(leaks()).toEqual([])
  })

  test("when several fail one error has them all, each with its name", async () => {
    const { source, target, manager, leaks } = twoFakes({ retry: { maxAttempts: 1 } })
    source.failConnects(REFUSED)
    target.failConnects(WRONG_PASSWORD)
    const error: unknown = await manager.initialize().catch((each: unknown) => each)
    expect(error).toBeInstanceOf(ManagerError)
    expect(error).toMatchObject({ code: "PGSD_INITIALIZE_FAILED", retryable: false })
    expect((error as ManagerError).errors).toMatchObject([
      { label: "source", code: "PGSD_CONNECTION_REFUSED" },
      { label: "target", code: "PGSD_AUTH_FAILED" },
    ])
    for (const text of ["2 of 2", "source", "target"]) expect((error as ManagerError).message).toContain(text)
    expect(leaks()).toEqual([])
  })

  test("retries a server that may come up, as often as configured", async () => {
    const { source, target, manager } = twoFakes()
    source.failConnects(REFUSED, { times: 2 })
    await manager.initialize()
    expect([source.counts.attempts, target.counts.attempts]).toEqual([3, 1])
    await manager.closeAll()

    const second = twoFakes({ retry: { maxAttempts: 2, baseDelayMs: 1 } })
    second.source.failConnects(REFUSED)
    await expect(second.manager.initialize()).rejects.toMatchObject({ label: "source", code: "PGSD_CONNECTION_REFUSED", retryable: true })
    expect(second.source.counts.attempts).toBe(2)
  })

  test("pauses up to 1 s and 2 s by default", async () => {
    const clock = manualClock()
    const pauses: unknown[] = []
    const { source, manager } = twoFakes({
      retry: { clock, random: () => 0.999, onFailure: ({ delayMs }) => pauses.push(delayMs) },
    })
    source.failConnects(REFUSED)
    const failed = manager.initialize().catch((error: { code: string }) => error.code)
    await clock.advance(999)
    await expect.poll(() => source.counts.attempts).toBe(2)
    await clock.advance(1_998)
    expect(await failed).toBe("PGSD_CONNECTION_REFUSED")
    expect(pauses).toEqual([999, 1_998, undefined])
    expect(clock.pending).toBe(0)
  })

  test("a permanent failure on one side stops further attempts on the other", async () => {
    const { source, target, manager } = twoFakes({ retry: { maxAttempts: 50, baseDelayMs: 1 } })
    source.failConnects(REFUSED)
    target.failConnects(WRONG_PASSWORD)
    await expect(manager.initialize()).rejects.toMatchObject({ code: "PGSD_INITIALIZE_FAILED" })
    expect(source.counts.attempts).toBeLessThan(4)
  })

  test("concurrent calls share the work", async () => {
    const { source, manager } = twoFakes()
    await Promise.all([manager.initialize(), manager.initialize(), manager.initialize()])
    await manager.initialize()
    expect(source.counts.attempts).toBe(1)
    await manager.closeAll()
  })

  test("an abort rejects with its reason and leaves nothing open", async () => {
    const { source, target, manager, leaks } = twoFakes()
    target.delayConnects(Number.POSITIVE_INFINITY)
    const stop = new AbortController()
    const initializing = manager.initialize({ signal: stop.signal })
    await expect.poll(() => [source.counts.opened, target.counts.connecting]).toEqual([1, 1])
    const reason = new Error("changed my mind")
    stop.abort(reason)
    await expect(initializing).rejects.toBe(reason)
    await expect.poll(leaks).toEqual([])
    expect(manager.state).toBe("new")
  })

  test("an abort affects only its caller: concurrent callers get their connections", async () => {
    const { source, target, manager, leaks } = twoFakes()
    target.delayConnects(Number.POSITIVE_INFINITY)
    const stop = new AbortController()
    const first = manager.initialize({ signal: stop.signal })
    const second = manager.initialize()
    await expect.poll(() => [source.counts.opened, target.counts.connecting]).toEqual([1, 1])
    target.allowConnects()
    const reason = new Error("changed my mind")
    stop.abort(reason)
    await expect(first).rejects.toBe(reason)
    await second
    expect(manager.state).toBe("ready")
    await manager.closeAll()
    expect(leaks()).toEqual([])
  })

  test("a hanging server fails within its deadline", async () => {
    const { target, manager, leaks } = twoFakes({ retry: { maxAttempts: 1 } }, { connectTimeoutMs: 60 })
    target.delayConnects(Number.POSITIVE_INFINITY)
    await expect(manager.initialize()).rejects.toMatchObject({ code: "PGSD_CONNECT_TIMEOUT", label: "target" })
    expect(leaks()).toEqual([])
  })
})

describe("getConnection", () => {
  test("before initialize is refused with the next step, and works in lazy mode", async () => {
    const { manager } = twoFakes()
    await expect(manager.getSourceConnection()).rejects.toMatchObject({
      code: "PGSD_NOT_INITIALIZED",
      label: "source",
      hint: expect.stringContaining("initialize()"),
    })
    const lazy = twoFakes({ lazy: true })
    const connection = await lazy.manager.getTargetConnection()
    expect(lazy.manager.state).toBe("ready")
    expect([lazy.source.counts.opened, lazy.target.counts.opened]).toEqual([0, 1])
    await connection.close()
    await lazy.manager.closeAll()
    expect(lazy.leaks()).toEqual([])
  })

  test("in lazy mode leaves the others to initialize, which keeps connections in use, whatever its outcome", async () => {
    const { source, target, manager, leaks } = twoFakes({ lazy: true })
    const connection = await manager.getSourceConnection()
    target.delayConnects(Number.POSITIVE_INFINITY)
    await expect(manager.getTargetConnection({ acquireTimeoutMs: 50 })).rejects.toMatchObject({ label: "target" })
    target.allowConnects()
    target.failConnects({ systemCode: "ECONNREFUSED" })
    await expect(manager.initialize(), "a pool that is still trying is not open").rejects.toMatchObject({ label: "target" })
    expect(manager.state).toBe("ready")
    expect((await connection.query("SELECT 1")).rows).toEqual([])
    target.allowConnects()
    await manager.initialize()
    const { opened } = target.counts
    expect(opened).toBeGreaterThan(0)
    await manager.initialize()
    expect([source.counts.opened, target.counts.opened]).toEqual([1, opened])
    await connection.close()
    await manager.closeAll()
    expect(leaks()).toEqual([])
  })

  test("in lazy mode a failed initialize affects neither a pool that the program uses nor the callers waiting for it", async () => {
    const { source, target, manager, leaks } = twoFakes({ lazy: true, retry: { maxAttempts: 1 } }, { connectTimeoutMs: 200 })
    source.delayConnects(Number.POSITIVE_INFINITY)
    target.failConnects(REFUSED)
    const pool = manager.getPool("source")
    const waiting = manager.getSourceConnection()
    await expect(manager.initialize()).rejects.toMatchObject({ code: "PGSD_INITIALIZE_FAILED" })
    expect(manager.getPool("source")).toBe(pool)
    source.allowConnects()
    await (await waiting).close()
    expect((await pool.query("SELECT 1")).rows).toEqual([])
    target.allowConnects()
    await manager.initialize()
    expect(manager.getPool("source")).toBe(pool)
    await manager.closeAll()
    await expect(pool.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_POOL_CLOSED" })
    expect(leaks()).toEqual([])
  })

  test("during initialize waits no longer than acquireTimeoutMs, its own or that of its pool", async () => {
    for (const lazy of [false, true]) {
      const { source, manager } = twoFakes({ lazy }, { acquireTimeoutMs: 60 })
      source.delayConnects(Number.POSITIVE_INFINITY)
      const initializing = manager.initialize()
      const timedOut = { code: "PGSD_ACQUIRE_TIMEOUT", label: "target", retryable: true }
      await expect(manager.getTargetConnection({ acquireTimeoutMs: 30 })).rejects.toMatchObject(timedOut)
      await expect(manager.getTargetConnection()).rejects.toMatchObject(timedOut)
      await expect(manager.getTargetConnection({ acquireTimeoutMs: -1 })).rejects.toMatchObject({ code: "PGSD_INVALID_OPTION" })
      source.allowConnects()
      await manager.closeAll()
      await initializing.catch(() => {})
    }
  })

  test("during an initialize that its own caller aborts is not affected by that abort", async () => {
    for (const lazy of [false, true]) {
      const { source, manager } = twoFakes({ lazy })
      source.delayConnects(Number.POSITIVE_INFINITY)
      const stop = new AbortController()
      const initializing = manager.initialize({ signal: stop.signal })
      const connecting = manager.getTargetConnection()
      const reason = new Error("its caller's own")
      stop.abort(reason)
      await expect(initializing).rejects.toBe(reason)
      if (lazy) await (await connecting).close()
      else await expect(connecting).rejects.toMatchObject({ code: "PGSD_NOT_INITIALIZED", label: "target" })
      await manager.closeAll()
    }
  })

  test("in lazy mode during an initialize that fails opens the connection it needs", async () => {
    const { target, manager } = twoFakes({ lazy: true })
    target.failConnects(WRONG_PASSWORD)
    const initializing = manager.initialize()
    const connecting = manager.getSourceConnection()
    await expect(initializing).rejects.toMatchObject({ label: "target" })
    await (await connecting).close()
    await manager.closeAll()
  })

  test("in lazy mode a pool that opens its own connection beside initialize leaves none outside of it", async () => {
    const { source, manager, leaks } = twoFakes({ lazy: true })
    source.delayConnects(20)
    const used = manager.getSourceConnection().then((connection) => connection.close())
    await manager.initialize()
    await used
    expect(manager.stats().databases.source.pool?.total).toBe(source.counts.open)
    await manager.closeAll()
    expect(leaks()).toEqual([])
  })

  test("during initialize waits for it", async () => {
    const { source, manager } = twoFakes()
    source.delayConnects(30)
    const initializing = manager.initialize()
    const connection = await manager.getSourceConnection()
    await initializing
    expect(source.counts.attempts).toBe(1)
    await connection.close()
    await manager.closeAll()
  })

  test("of an unknown name is refused with a suggestion", async () => {
    const { manager } = twoFakes({ lazy: true })
    await expect(manager.getConnection("sorce" as "source")).rejects.toMatchObject({
      code: "PGSD_UNKNOWN_DATABASE",
      message: 'there is no database "sorce" (there are source, target)',
      hint: 'did you mean "source"?',
    })
    await manager.closeAll()
  })

  test("releases the lease on close, once, and the connector is dead afterwards", async () => {
    const { source, manager } = twoFakes({ lazy: true })
    const connection = await manager.getSourceConnection()
    expect(manager.stats().databases.source).toMatchObject({ active: 1, idle: 0 })
    await Promise.all([connection.close(), connection.close()])
    await expect.poll(() => manager.stats().databases.source).toMatchObject({ active: 0, idle: 1 })
    await expect(connection.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_CONNECTOR_CLOSED", label: "source" })
    await (await manager.getSourceConnection()).close()
    expect(source.counts.opened).toBe(1)
    await manager.closeAll()
  })

  test("an open transaction is rolled back before the next caller gets the connection", async () => {
    const { source, manager } = twoFakes({ lazy: true }, { max: 1 })
    const first = await manager.getSourceConnection()
    await first.query("BEGIN")
    await first.close()
    const second = await manager.getSourceConnection()
    expect(second.status).toBe("idle")
    expect(source.queries.map((query) => query.sql)).toContain("ROLLBACK")
    await second.close()
    await manager.closeAll()
  })

  test("waits no longer than its timeoutMs, and its signal ends the wait", async () => {
    const { manager } = twoFakes({ lazy: true }, { max: 1 })
    const held = await manager.getSourceConnection()
    await expect(manager.getSourceConnection({ acquireTimeoutMs: 30 })).rejects.toMatchObject({
      code: "PGSD_ACQUIRE_TIMEOUT",
      label: "source",
    })
    const reason = new Error("enough")
    await expect(manager.getSourceConnection({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await held.close()
    await manager.closeAll()
  })

  test("query errors carry the database's name; the caller's own abort reasons are unchanged", async () => {
    const { source, target, manager } = twoFakes({ lazy: true })
    for (const driver of [source, target]) driver.answer("SELECT boom", { error: { sqlState: "22012" } })
    for (const name of ["source", "target"] as const) {
      const db = await manager.getConnection(name)
      await expect(db.query("SELECT boom")).rejects.toMatchObject({ sqlState: "22012", label: name })
      await expect(db.one("SELECT nothing")).rejects.toMatchObject({ code: "PGSD_NOT_ONE_ROW", label: name })
      await db.close()
    }
    const db = await manager.getSourceConnection()
    const reason = new PgsdError("MINE", "changed my mind", { label: "mine" })
    source.answer("SELECT slow", { delayMs: Number.POSITIVE_INFINITY })
    const stop = new AbortController()
    const slow = db.query("SELECT slow", undefined, { signal: stop.signal })
    stop.abort(reason)
    await expect(slow).rejects.toBe(reason)
    expect(reason.label).toBe("mine")
    source.killAll()
    await expect(db.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST", label: "source" })
    await db.close()
    await manager.closeAll()
  })
})

describe("a refused password", () => {
  test("never appears in an error, and the pool asks for a fresh one", async () => {
    const { source, manager } = twoFakes({ lazy: true })
    source.failConnects(WRONG_PASSWORD)
    const error: unknown = await manager.getSourceConnection().catch((each: unknown) => each)
    expect(error).toMatchObject({ code: "PGSD_AUTH_FAILED", label: "source" })
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain("s3cret-word")
    await manager.closeAll()
  })
})

test("listen() is the pool's, over an additional session, and ends with the manager", async () => {
  const { source, manager, leaks } = twoFakes()
  await expect(manager.listen("source", "jobs", () => {})).rejects.toMatchObject({ code: "PGSD_NOT_INITIALIZED", label: "source" })
  await manager.initialize()
  const received: string[] = []
  const listening = await manager.listen("source", "jobs", ({ payload }) => void received.push(payload))
  await manager.getPool("source").notify("jobs", "7")
  source.notify("jobs", "8")
  expect(received).toEqual(["7", "8"])
  expect(manager.stats().databases.source.pool).toMatchObject({ total: 1, listening: 1 })
  await manager.closeAll()
  expect(listening.active).toBe(false)
  expect(leaks()).toEqual([])
})

describe("pool.connectTimeoutMs", () => {
  /** What the pool of a manager's only database says first. */
  async function firstError(driver: Driver, connection: DatabaseConnection | undefined, onConnect?: () => Promise<void>) {
    let manager: DatabaseManager<"a"> | undefined
    try {
      return await new Promise<Error>((resolve) => {
        const pool = { connectTimeoutMs: 30, onConnect, onError: resolve }
        manager = createDatabaseManager({ databases: { a: { connection, pool } } }, { driver, lazy: true })
        manager.getConnection("a").catch(() => {})
      })
    } finally {
      await manager?.closeAll({ timeoutMs: 1 })
    }
  }

  test("is the limit of opening a database without a network", async () => {
    const driver = fakeDriver({ supports: { concurrency: "one" } })
    driver.delayConnects(Number.POSITIVE_INFINITY)
    expect(await firstError(driver, undefined)).toMatchObject({ label: "a", message: "fake: the driver gave no connection within 30 ms" })
    const pool = { connectTimeoutMs: 30 }
    const eager = createDatabaseManager({ databases: { a: { pool } } }, { driver, retry: { maxAttempts: 1 } })
    await expect(eager.initialize()).rejects.toMatchObject({ code: "PGSD_CONNECT_TIMEOUT" })
    await eager.closeAll()
  })

  test.each<[string, DatabaseConnection]>([
    ["a connection string", "postgresql://u:p@10.0.0.1/d?sslmode=disable"],
    ["a literal", { host: "10.0.0.1", user: "u", sslMode: "disable" }],
  ])("is the limit of onConnect over %s, whatever a search over its hosts may take", async (_, connection) => {
    const driver = fakeDriver({ supports: { network: true } })
    const { message } = await firstError(driver, connection, () => new Promise(() => {}))
    expect(message).toBe("a: onConnect did not set up a new connection within connectTimeoutMs (30 ms)")
  })
})
