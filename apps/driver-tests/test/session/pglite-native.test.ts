import type { Session, Transaction } from "@pgsd/driver/calls"
import { pgliteDriver } from "@pgsd/driver-pglite"
import { type ConnectionPool, createConnectionPool } from "@pgsd/pool"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"

// Work on PGlite itself is never lost: a row reported as written is there afterwards.

const driver = pgliteDriver()
let pool: ConnectionPool

beforeAll(async () => {
  pool = createConnectionPool({ driver })
  await pool.query("CREATE TABLE kept (n int)")
}, 120_000)

afterAll(async () => {
  await pool.close()
  await driver.close()
})

beforeEach(() => pool.query("TRUNCATE kept"))

interface PGlite {
  query(sql: string): Promise<unknown>
  exec(sql: string): Promise<unknown>
  execProtocolRaw(message: Uint8Array): Promise<unknown>
  transaction(work: (tx: Pick<PGlite, "exec">) => Promise<unknown>): Promise<unknown>
}

const native = (session: { readonly native: unknown }) => session.native as PGlite

/** Like another session: a new connection sees nothing uncommitted. */
async function kept(): Promise<number[]> {
  await pool.closeIdle()
  return (await pool.query<{ n: number }>("SELECT n FROM kept ORDER BY n")).rows.map(({ n }) => n)
}

const insert = (n: number) => `INSERT INTO kept VALUES (${n})`

describe("work left at release() is undone or awaited before the next holder", () => {
  test.each([
    ["a BEGIN", (client: PGlite) => client.exec("BEGIN")],
    ["a BEGIN, prepared", (client: PGlite) => client.query("BEGIN")],
    ["a BEGIN and its statements", (client: PGlite) => client.exec(`BEGIN; ${insert(7)}`)],
    ["a failed transaction", (client: PGlite) => client.exec(`BEGIN; ${insert(7)}; SELECT 1/0`).catch(() => {})],
    ["a BEGIN in PGlite's own protocol", (client: PGlite) => client.execProtocolRaw(simple("BEGIN"))],
  ])("%s", async (_what, work) => {
    for (const awaited of [true, false]) {
      const lease = await pool.acquire()
      const working = work(native(lease))
      if (awaited) await working
      lease.release()
      await pool.query(insert(1))
      await working
    }
    expect(await kept()).toEqual([1, 1])
  })

  test("an open transaction(): the next statement is not part of it", async () => {
    const lease = await pool.acquire()
    let goOn = () => {}
    const waiting = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const undone = native(lease).transaction(async (tx) => {
      await tx.exec(insert(7))
      await waiting
      throw new Error("undone")
    })
    lease.release()
    const next = pool.query(insert(1))
    setTimeout(goOn, 20)
    await expect(undone).rejects.toThrow("undone")
    await next
    expect(await kept()).toEqual([1])
  })

  test("a query that is aborted while it waits for native is never sent", async () => {
    const lease = await pool.acquire()
    let goOn = () => {}
    const waiting = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const going = native(lease).transaction(() => waiting)
    const reason = new Error("no longer wanted")
    const abort = new AbortController()
    const aborted = lease.query(insert(1), undefined, { signal: abort.signal })
    abort.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    goOn()
    await going
    expect(lease.status).toBe("idle")
    lease.release()
    expect(await kept()).toEqual([])
  })
})

describe("statements that end a transaction() on native are detected", () => {
  const ends: [string, (client: PGlite) => Promise<unknown>][] = [
    ["ROLLBACK", (client) => client.exec("ROLLBACK")],
    ["COMMIT", (client) => client.query("COMMIT")],
    ["COMMIT AND CHAIN", (client) => client.query("COMMIT AND CHAIN")],
    ["COMMIT; BEGIN", (client) => client.exec("COMMIT; BEGIN")],
    ["COMMIT; BEGIN in PGlite's own protocol", (client) => client.execProtocolRaw(simple("COMMIT; BEGIN"))],
    ["COMMIT, and then BEGIN", (client) => client.exec("COMMIT").then(() => client.exec("BEGIN"))],
    ["a transaction() of PGlite's own, which commits", (client) => client.transaction((tx) => tx.exec("SELECT 1"))],
  ]
  test.each(ends)("%s", async (what, end) => {
    for (const awaited of [true, false]) {
      await pool.query("TRUNCATE kept")
      let refused: Promise<unknown> | undefined
      const outcome = pool.transaction(async (tx: Transaction) => {
        await tx.query(insert(1))
        const ending = end(native(tx))
        if (awaited) await ending
        refused = tx.query(insert(2))
        await Promise.allSettled([refused, ending])
      })
      await expect(outcome).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", label: pool.label })
      await expect(refused).rejects.toMatchObject({ code: "PGSD_TRANSACTION_ENDED" })
      expect(await kept(), what).toEqual(what === "ROLLBACK" ? [] : [1])
    }
  })

  test("an error on native fails the transaction, and an unawaited one is settled before COMMIT", async () => {
    for (const awaited of [true, false])
      await expect(
        pool.transaction(async (tx) => {
          await tx.query(insert(1))
          const failing = native(tx)
            .exec("SELECT 1/0")
            .catch(() => {})
          if (!awaited) return
          await failing
          expect(tx.status).toBe("failed")
        }),
      ).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK" })
    expect(await kept()).toEqual([])
  })
})

test("statements on native and ours keep their order, and native's settings take effect", async () => {
  const lease = await pool.acquire()
  const first = native(lease).exec("CREATE TEMP TABLE moved AS SELECT 1 AS n")
  const second = lease.query("SELECT n FROM moved")
  await first
  expect((await second).rows).toEqual([{ n: 1 }])
  await native(lease).exec("SET application_name = 'set on native'")
  await lease.query("")
  expect(lease.serverParameters.application_name).toBe("set on native")
  await native(lease).exec("RESET ALL; DROP TABLE moved")
  lease.release()
})

test("a BEGIN on native, left running, holds what a call with a transaction of its own writes after it", async () => {
  for (const call of [
    (session: Session) => session.batch([insert(1)]),
    (session: Session) => session.query(`${insert(2)} RETURNING n`, undefined, { maxRows: 1 }),
    (session: Session) => session.stream(`${insert(3)} RETURNING n`).next(),
    (session: Session) => expect(session.transaction(() => 1)).rejects.toMatchObject({ code: "PGSD_TRANSACTION_IN_USE" }),
  ])
    await pool.use(async (lease) => {
      const begun = native(lease).exec("BEGIN")
      await call(lease)
      await begun
      expect(lease.status).toBe("transaction")
      await lease.query("ROLLBACK")
    })
  expect(await kept()).toEqual([])
})

test("native of a closed connection does not affect the next one", async () => {
  const lease = await pool.acquire()
  const client = native(lease)
  const left = client.exec("BEGIN")
  lease.destroy()
  await pool.query(insert(1))
  await left
  await expect(client.exec("BEGIN")).rejects.toMatchObject({ code: "PGSD_CONNECTION_CLOSED" })
  await pool.query(insert(2))
  expect(await kept()).toEqual([1, 2])
})

/** A Query of the simple protocol. */
function simple(sql: string): Uint8Array {
  const text = Buffer.from(`${sql}\0`)
  const head = Buffer.alloc(5, "Q")
  head.writeInt32BE(text.length + 4, 1)
  return Buffer.concat([head, text])
}

test("an abort behind a native call runs nothing twice", async () => {
  await pool.use(async (session) => {
    const left = native(session).exec("SELECT pg_sleep(0.05)")
    const aborter = new AbortController()
    const waiting = session.query("SELECT 1", undefined, { signal: aborter.signal })
    aborter.abort(new Error("no longer wanted"))
    const behind = [session.query(insert(1)), session.query(insert(2)), session.query(insert(3))]
    await expect(waiting).rejects.toThrow("no longer wanted")
    await Promise.all([left, ...behind])
  })
  expect(await kept()).toEqual([1, 2, 3])
})
