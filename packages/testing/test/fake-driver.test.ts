import { isPgsdError } from "@pgsd/driver"
import { sessionOf } from "@pgsd/driver/session"
import { fakeDriver, manualClock } from "@pgsd/testing"
import { expect, test } from "vitest"

const target = { host: "db.example.com", user: "app", database: "shop" }

test("answers by text, by pattern and by condition; later answers take precedence", async () => {
  const driver = fakeDriver()
  driver.answer(/^select/i, [{ from: "pattern" }])
  driver.answer("SELECT 1", [{ from: "text" }])
  driver.answer(({ params }) => params?.length === 2, { rows: [{ from: "condition" }], command: "SELECT" })
  driver.answer("SELECT 1", [{ from: "once" }], { times: 1 })
  const connection = await driver.connect()
  const first = async (sql: string, params?: unknown[]) => (await connection.query(sql, params)).rows[0]?.from
  expect([await first("SELECT 1"), await first(" SELECT 1 "), await first("select 2"), await first("x", [1, 2])]).toEqual([
    "once",
    "text",
    "pattern",
    "condition",
  ])
  expect(driver.queries.map((query) => query.sql)).toEqual(["SELECT 1", " SELECT 1 ", "select 2", "x"])
})

test("status follows the statements, and a failed transaction refuses everything but its end", async () => {
  const driver = fakeDriver()
  driver.answer("SELECT broken", { error: { sqlState: "42703" } })
  const connection = await driver.connect()
  const states: string[] = []
  const run = async (sql: string) => {
    const outcome = await connection.query(sql).then(
      (result) => result.command,
      (error: unknown) => (isPgsdError(error) ? error.sqlState : error),
    )
    states.push(`${outcome} ${connection.status}`)
  }
  for (const sql of ["BEGIN", "SAVEPOINT a", "SELECT broken", "SELECT 1", "ROLLBACK TO a", "RELEASE a", "SELECT broken", "COMMIT"])
    await run(sql)
  expect(states).toEqual([
    "BEGIN transaction",
    "SAVEPOINT transaction",
    "42703 failed",
    "25P02 failed",
    "ROLLBACK transaction",
    "RELEASE transaction",
    "42703 failed",
    "ROLLBACK idle",
  ])
})

test("an abort stops a running query, fails its transaction, and a queued query is never sent", async () => {
  const driver = fakeDriver()
  driver.answer("hang", { delayMs: Number.POSITIVE_INFINITY })
  const connection = await driver.connect()
  await connection.query("BEGIN")
  const running = new AbortController()
  const waiting = new AbortController()
  const hang = connection.query("hang", undefined, { signal: running.signal })
  const unsent = connection.query("unsent", undefined, { signal: waiting.signal })
  expect(connection.status).toBe("busy")
  waiting.abort("not now")
  await expect(unsent).rejects.toBe("not now")
  running.abort("enough")
  await expect(hang).rejects.toBe("enough")
  expect(connection.status).toBe("failed")
  expect(driver.queries.map((query) => query.sql)).toEqual(["BEGIN", "hang"])
})

test("a kill at any moment rejects queries in flight, calls onClose once, and rejects later queries at once", async () => {
  const driver = fakeDriver()
  driver.answer("hang", { delayMs: Number.POSITIVE_INFINITY })
  const connection = await driver.connect()
  const ends: unknown[] = []
  connection.onClose((error) => ends.push(error?.sqlState))
  const hang = connection.query("hang")
  connection.kill({ sqlState: "57P01", message: "terminating connection due to administrator command" })
  connection.kill()
  await expect(hang).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST", sqlState: "57P01" })
  for (const _ of [1, 2]) await expect(connection.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
  expect(ends).toEqual(["57P01"])
  expect(connection.status).toBe("closed")
  expect(driver.counts).toMatchObject({ opened: 1, closed: 1, open: 0 })
})

test("connecting takes the given time, ends at the deadline and on abort, and leaves nothing open", async () => {
  const clock = manualClock()
  const driver = fakeDriver({ clock })
  driver.delayConnects(50)
  const slow = driver.connect(target)
  await clock.advance(49)
  expect(driver.counts).toMatchObject({ connecting: 1, open: 0 })
  await clock.advance(1)
  await (await slow).close()

  driver.delayConnects(Number.POSITIVE_INFINITY)
  const late = driver.connect({ ...target, connectTimeoutMs: 200 })
  const aborter = new AbortController()
  const aborted = driver.connect(target, { signal: aborter.signal })
  const settled = Promise.allSettled([late, aborted])
  aborter.abort("gone")
  await clock.advance(200)
  expect(await settled).toMatchObject([{ reason: { code: "PGSD_CONNECT_TIMEOUT", phase: "startup" } }, { reason: "gone" }])
  expect(driver.leaks()).toEqual([])
  expect(clock.pending).toBe(0)
})

test("attempts fail as with a real server or system", async () => {
  const driver = fakeDriver({ password: "right" })
  driver.failConnects({ sqlState: "53300", message: "sorry, too many clients already" }, { times: 1 })
  await expect(driver.connect(target)).rejects.toMatchObject({ code: "PGSD_TOO_MANY_CONNECTIONS", retryable: true, phase: "startup" })
  await expect(driver.connect({ ...target, password: "wrong" })).rejects.toMatchObject({ code: "PGSD_AUTH_FAILED", sqlState: "28P01" })
  await (await driver.connect({ ...target, password: async () => "right" })).close()
  driver.failConnects({ systemCode: "ECONNREFUSED" })
  await expect(driver.connect(target)).rejects.toMatchObject({ code: "PGSD_CONNECTION_REFUSED" })
  driver.allowConnects()
  await expect(driver.connect({ ...target, password: "right" })).resolves.toBeDefined()
  expect(driver.counts).toEqual({ attempts: 5, connecting: 0, failed: 3, opened: 2, closed: 1, open: 1 })
})

test("close() waits for a query within its limit", async () => {
  const clock = manualClock()
  const driver = fakeDriver({ clock, closeTimeoutMs: 100 })
  driver.answer("slow", { rows: [{ done: true }], delayMs: 60 })
  driver.answer("slower", { delayMs: 600 })
  const polite = await driver.connect()
  const slow = polite.query("slow")
  const closing = polite.close()
  await expect(polite.query("late")).rejects.toMatchObject({ code: "PGSD_CONNECTION_CLOSED" })
  await clock.advance(60)
  expect((await slow).rows).toEqual([{ done: true }])
  await closing
  const bounded = await driver.connect()
  const slower = bounded.query("slower")
  const rejected = expect(slower).rejects.toMatchObject({ code: "PGSD_CONNECTION_CLOSED" })
  const ended = bounded.close()
  await clock.advance(100)
  await Promise.all([rejected, ended, bounded.close()])
  expect(clock.pending).toBe(0)
})

test("a driver with one session refuses a second connection until the first is closed", async () => {
  const driver = fakeDriver({ supports: { concurrency: "one" } })
  const [first, second] = await Promise.allSettled([driver.connect(), driver.connect()])
  expect([first.status, second]).toMatchObject(["fulfilled", { reason: { code: "PGSD_TOO_MANY_CONNECTIONS" } }])
  driver.connections[0]?.destroy()
  await expect(driver.connect()).resolves.toBeDefined()
})

test("a query without an answer is empty, or an error if the test asks for it", async () => {
  const lenient = await fakeDriver().connect()
  expect(await lenient.query("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")).toMatchObject({ command: "INSERT", rows: [] })
  const strict = await fakeDriver({ unscripted: "error" }).connect()
  await strict.query("BEGIN")
  await expect(strict.query("SELECT 1")).rejects.toThrow("no answer was scripted for: SELECT 1")
})

test("the server's side: parameters, notices, notifications", async () => {
  const connection = await fakeDriver({ serverParameters: { server_version: "14.2" } }).connect(target)
  const seen: unknown[] = []
  connection.onNotice((notice) => seen.push(notice.message))
  connection.onNotification(({ channel, payload }) => seen.push([channel, payload]))
  connection.notice({ message: "careful" })
  connection.notify({ channel: "news", payload: "1" })
  connection.setParameter("in_hot_standby", "on")
  expect(seen).toEqual(["careful", ["news", "1"]])
  expect(connection.serverParameters).toMatchObject({ server_version: "14.2", in_hot_standby: "on", session_authorization: "app" })
  expect(connection.info).toMatchObject({ label: "db.example.com:5432/shop", user: "app", processId: 1 })
})

test("an answer to a statement also serves its portal: stream() and maxRows need no script of their own", async () => {
  const driver = fakeDriver({ unscripted: "error" })
  driver.answer(/FROM users WHERE id > \$1/, ({ params }) => [1, 2, 3].map((n) => ({ id: n + Number(params?.[0]) })))
  driver.answer("SELECT wire", { wire: { columns: [["n", 23]], rows: [["1"], ["2"]] } })
  driver.answer("SELECT fails", { error: { sqlState: "22012" } })
  const [session, other] = [sessionOf(await driver.connect()), sessionOf(await driver.connect())]
  const read = async (on: typeof session, sql: string, params?: unknown[]) => {
    const rows: unknown[] = []
    for await (const row of on.stream(sql, params, { batchSize: 2 })) rows.push(row)
    return rows
  }
  const users = "SELECT * FROM users WHERE id > $1"
  const both = Promise.all([read(session, users, [1]), read(other, users, [10])])
  expect(await both).toEqual([
    [{ id: 2 }, { id: 3 }, { id: 4 }],
    [{ id: 11 }, { id: 12 }, { id: 13 }],
  ])
  expect(await read(session, "SELECT wire")).toEqual([{ n: 1 }, { n: 2 }])
  await expect(read(session, "SELECT fails")).rejects.toMatchObject({ sqlState: "22012" })
  await expect(read(session, "SELECT nothing")).rejects.toThrow("no answer was scripted for: SELECT nothing")
  await expect(session.query("SELECT wire", undefined, { maxRows: 1 })).rejects.toMatchObject({ code: "PGSD_TOO_MANY_ROWS" })
  expect((await session.query("SELECT wire", undefined, { maxRows: 2 })).rows).toHaveLength(2)
  await Promise.all([session.close(), other.close()])
})

test("LISTEN and NOTIFY take effect with the surrounding transaction, with the server's rules for names", async () => {
  const driver = fakeDriver()
  const [one, other] = [await driver.connect(), await driver.connect()]
  const received: string[] = []
  one.onNotification(({ channel, payload, processId }) => received.push(`${channel} ${payload} ${processId === other.info.processId}`))
  await one.query('LISTEN Jobs; LISTEN "Jobs"')
  await other.query("NOTIFY jobs, 'it''s'")
  await other.query("BEGIN")
  await other.query("SELECT pg_notify($1, $2)", ["Jobs", "later"])
  expect(received).toEqual(["jobs it's true"])
  await other.query("COMMIT")
  await other.query("BEGIN; NOTIFY jobs, 'never'; ROLLBACK")
  driver.notify("jobs")
  await one.query("UNLISTEN *")
  driver.notify("Jobs")
  expect(received).toEqual(["jobs it's true", "Jobs later true", "jobs  false"])
  one.destroy()
  other.destroy()
})
