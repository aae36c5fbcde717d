import type { Driver } from "@pgsd/driver"
import type { Transaction } from "@pgsd/driver/calls"
import { type ConnectionPool, createConnectionPool, type Lease } from "@pgsd/pool"
import { type FaultProxy, faultProxy } from "@pgsd/testing/proxy"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { DRIVERS } from "../support/drivers.ts"

// Statements that escape their transaction: with some latency there is time for one behind its end.
const LATENCY_MS = 40

let server: PostgresServer
let proxy: FaultProxy

beforeAll(async () => {
  server = await postgresServer()
  proxy = await faultProxy({ host: server.host, port: server.port })
  proxy.latency(LATENCY_MS)
  await server.sql(
    "CREATE FUNCTION slip_insert(name text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('INSERT INTO %I VALUES (1)', name); RETURN 1; END $$",
  )
})

afterAll(async () => {
  await proxy.close()
  await server.close()
})

function poolOver(driver: Driver): ConnectionPool {
  const pool = createConnectionPool({ driver, connection: server.connection({ host: proxy.host, port: proxy.port }), max: 2 })
  onTestFinished(() => pool.close())
  return pool
}

let tables = 0

async function table(): Promise<string> {
  const name = `slip_${++tables}`
  await server.sql(`CREATE TABLE ${name} (n int)`)
  return name
}

async function rowsOf(name: string): Promise<number[]> {
  return (await server.sql(`SELECT n::text FROM ${name} ORDER BY n`)).map((row) => Number(row.n))
}

/** Starts a statement on the driver's own client. */
function runNative({ native }: { readonly native: unknown }, sql: string): Promise<void> | undefined {
  const client = native as { query?(sql: string): Promise<unknown>; unsafe?(sql: string): Promise<unknown> }
  return (client.query?.(sql) ?? client.unsafe?.(sql))?.then(() => {})
}

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

describe.each(DRIVERS)("$name", ({ load }) => {
  it.each([
    ["throws", true],
    ["returns", false],
  ])("P02: a statement sent after the callback %s is refused", async (_how, throws) => {
    const pool = poolOver(await load())
    const name = await table()
    let late: Promise<unknown> = Promise.resolve()
    const sent = new Promise<void>((resolve) => {
      const work = async (tx: Transaction) => {
        setTimeout(() => {
          late = tx.query(`INSERT INTO ${name} VALUES (1)`)
          resolve()
        }, 15)
        if (throws) throw new Error("own")
      }
      pool.transaction(work).catch(() => {})
    })
    await sent
    await expect(late).rejects.toMatchObject({
      code: expect.stringMatching(/^PGSD_(TRANSACTION_ENDED|LEASE_RELEASED)$/),
      label: pool.label,
    })
    await pool.close()
    expect(await rowsOf(name)).toEqual([])
  })

  it("P17: only the last attempt's rows are written", async () => {
    const pool = poolOver(await load())
    const name = await table()
    let attempt = 0
    const late: Promise<unknown>[] = []
    await pool.transaction(
      async (tx) => {
        const number = ++attempt
        const insert = (ms: number, n: number) => later(ms).then(() => tx.query(`INSERT INTO ${name} VALUES (${n})`))
        const branches = [insert(4, number * 10 + 1), insert(25, number * 10 + 2)]
        if (number === 1) branches.push(tx.query("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$"))
        late.push(...branches)
        await Promise.all(branches)
      },
      { retries: 2 },
    )
    await Promise.allSettled(late)
    await pool.close()
    expect(attempt).toBe(2)
    expect(await rowsOf(name)).toEqual([21, 22])
  })

  it("calls not awaited are finished before COMMIT, and one that fails rolls everything back", async () => {
    const pool = poolOver(await load())
    const name = await table()
    await pool.transaction(async (tx) => {
      void tx.query(`INSERT INTO ${name} VALUES (1)`)
      void tx.transaction((inner) => inner.query(`INSERT INTO ${name} VALUES (2)`))
    })
    expect(await rowsOf(name)).toEqual([1, 2])
    const failed = pool.transaction(async (tx) => {
      await tx.query(`INSERT INTO ${name} VALUES (3)`)
      void tx.query("SELECT 1/0")
    })
    await expect(failed).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", cause: { sqlState: "22012" }, label: pool.label })
    expect(await rowsOf(name)).toEqual([1, 2])
  })

  it("calls not awaited are cancelled when the callback throws", async () => {
    const pool = poolOver(await load())
    let slow: Promise<unknown> = Promise.resolve()
    const began = performance.now()
    await expect(
      pool.transaction(async (tx) => {
        await tx.query("SELECT 1")
        slow = tx.query("SELECT pg_sleep(30)")
        await later(50)
        throw new Error("own")
      }),
    ).rejects.toThrow("own")
    await expect(slow).rejects.toMatchObject({ code: "PGSD_TRANSACTION_ENDED" })
    expect(performance.now() - began).toBeLessThan(6_000)
  })

  it("while a transaction or savepoint is open, calls on outer handles are refused before anything is sent", async () => {
    const pool = poolOver(await load())
    const name = await table()
    const inUse = { code: "PGSD_TRANSACTION_IN_USE", label: pool.label }
    await pool.use(async (lease) => {
      await lease.transaction(async (tx) => {
        await expect(lease.query(`INSERT INTO ${name} VALUES (1)`)).rejects.toMatchObject(inUse)
        await expect(lease.transaction(() => 1)).rejects.toMatchObject(inUse)
        await tx.transaction(async (inner) => {
          await expect(tx.query(`INSERT INTO ${name} VALUES (2)`)).rejects.toMatchObject(inUse)
          await expect(tx.one("SELECT 1")).rejects.toMatchObject(inUse)
          await inner.query(`INSERT INTO ${name} VALUES (3)`)
        })
        await tx.query(`INSERT INTO ${name} VALUES (4)`)
      })
      await lease.query(`INSERT INTO ${name} VALUES (5)`)
    })
    expect(await rowsOf(name)).toEqual([3, 4, 5])
  })

  it("an open stream in a transaction ends with it", async () => {
    const pool = poolOver(await load())
    let rows: AsyncIterator<unknown> | undefined
    await pool.transaction(async (tx) => {
      rows = tx.stream("SELECT generate_series(1, 10)", [], { batchSize: 2 })
      await rows.next()
    })
    await rows!.next()
    await expect(rows!.next()).rejects.toMatchObject({ code: expect.stringMatching(/^PGSD_(TRANSACTION_ENDED|LEASE_RELEASED)$/) })
  })

  const endings = [
    ["rollback", []],
    ["ROLLBACK AND CHAIN", []],
    ["/* why */ abort", []],
    ["rollback; begin", []],
    ["commit", [1]],
    ["commit and chain", [1]],
    ["end; begin", [1]],
    ["rollback/* to */;/* ; */begin", []],
    ["ROLLBACK AND CHAIN /* to the end */", []],
    ["commit and chain; select 1", [1]],
    ["select 1; commit work and chain; select 2", [1]],
    ["rollback and chain; select 1", []],
    ["select 1; abort transaction and chain; select 2", []],
    ["create temp table a (n int); alter table a rename to b; rollback and chain", []],
    ["savepoint s; rollback to savepoint s; rollback and chain; select 1", []],
  ] as const
  const answered = endings.flatMap(([statement, written]) => [
    [statement, "last", written] as const,
    ...(statement.includes(";") ? [[statement, "all", written] as const] : []),
  ])
  it.each(answered)(
    "K7: %j sent as a statement inside (results: %s) is detected, and later calls are refused",
    async (statement, results, written) => {
      const pool = poolOver(await load())
      const name = await table()
      let refused: unknown
      const options = results === "all" ? { results } : undefined
      const outcome = await pool
        .transaction(async (tx) => {
          await tx.query(`INSERT INTO ${name} VALUES (1)`)
          await tx.query(statement, undefined, options)
          refused = await tx.query(`INSERT INTO ${name} VALUES (2)`).catch((error: unknown) => error)
          return 1
        })
        .catch((error: unknown) => error)
      expect(outcome).toMatchObject({ code: "PGSD_ROLLED_BACK", label: pool.label })
      expect(refused).toMatchObject({ code: "PGSD_TRANSACTION_ENDED", label: pool.label })
      expect(await rowsOf(name)).toEqual(written)
      // Nothing of it is left for the next holder.
      await pool.query(`INSERT INTO ${name} VALUES (9)`)
      expect(await rowsOf(name)).toEqual([...written, 9])
    },
  )

  it.each(["commit and chain", "rollback; begin"])(
    "K7: after %j inside, the session's next statement is in no transaction",
    async (statement) => {
      const pool = poolOver(await load())
      const name = await table()
      await pool.use(async (lease) => {
        await expect(lease.transaction((tx) => tx.query(statement))).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK" })
        await lease.query(`INSERT INTO ${name} VALUES (1)`)
        lease.destroy()
      })
      expect(await rowsOf(name)).toEqual([1])
    },
  )

  it.each(["awaited", "left running"])("K7: a rollback on native, %s, is detected, and later calls are refused", async (how) => {
    const pool = poolOver(await load())
    const name = await table()
    const refused: Promise<unknown>[] = []
    const outcome = pool.transaction(async (tx) => {
      await tx.query(`INSERT INTO ${name} VALUES (1)`)
      const ended = runNative(tx, "rollback")
      if (how === "awaited") await ended
      refused.push(
        tx.query(`INSERT INTO ${name} VALUES (2)`),
        tx.batch([`INSERT INTO ${name} VALUES (3)`]),
        tx.copyFrom(`COPY ${name} FROM STDIN`, [[4]]),
        tx.transaction((inner) => inner.query(`INSERT INTO ${name} VALUES (5)`)),
      )
      await Promise.allSettled(refused)
    })
    await expect(outcome).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK" })
    for (const each of await Promise.allSettled(refused)) expect(each).toMatchObject({ status: "rejected" })
    expect(await rowsOf(name)).toEqual([])
  })

  it.each([
    ["COMMIT; BEGIN", [1]],
    ["ROLLBACK; BEGIN", []],
    ["COMMIT AND CHAIN", [1]],
    ["ROLLBACK AND CHAIN", []],
  ])("a transaction of which native has made another, with %s, takes no more statements", async (sql, written) => {
    const pool = poolOver(await load())
    for (const how of ["awaited", "left running", "inside a savepoint", "and then thrown"]) {
      const name = await table()
      const refused: Promise<unknown>[] = []
      const own = new Error("own")
      const change = async (tx: Transaction) => {
        const changed = runNative(tx, sql)
        if (how !== "left running") await changed
        refused.push(tx.query(`INSERT INTO ${name} VALUES (2)`), tx.batch([`INSERT INTO ${name} VALUES (3)`]))
        await Promise.allSettled(refused)
        if (how === "and then thrown") throw own
      }
      const outcome = pool.transaction(async (tx) => {
        await tx.query(`INSERT INTO ${name} VALUES (1)`)
        await (how === "inside a savepoint" ? tx.transaction(change).catch(() => {}) : change(tx))
      })
      await (how === "and then thrown"
        ? expect(outcome, how).rejects.toBe(own)
        : expect(outcome, how).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK" }))
      for (const each of await Promise.allSettled(refused))
        expect(each, how).toMatchObject({ status: "rejected", reason: { code: "PGSD_TRANSACTION_ENDED" } })
      await pool.query(`INSERT INTO ${name} VALUES (9)`)
      expect(await rowsOf(name), how).toEqual([...written, 9])
    }
  })

  it("a BEGIN on native, left running at release, does not reach the next holder", async () => {
    const pool = poolOver(await load())
    const name = await table()
    const lease = await pool.acquire()
    const begun = runNative(lease, "begin")
    lease.release()
    await pool.query(`INSERT INTO ${name} VALUES (1)`)
    await begun
    expect(await rowsOf(name)).toEqual([1])
  })

  it.each<[string, (session: Lease, name: string) => Promise<unknown>]>([
    ["batch()", (session, name) => session.batch([`INSERT INTO ${name} VALUES (1)`])],
    ["batch() with maxRows", (session, name) => session.batch([`INSERT INTO ${name} VALUES (1)`], { maxRows: 1 })],
    ["a writing query() with maxRows", (session, name) => session.query(`INSERT INTO ${name} VALUES (1) RETURNING n`, [], { maxRows: 1 })],
    ["stream()", (session, name) => session.stream(`INSERT INTO ${name} VALUES (1) RETURNING n`).next()],
    ["copyFrom()", (session, name) => session.copyFrom(`COPY ${name} FROM STDIN`, [[1]])],
  ])("a BEGIN on native, left running, holds what %s writes after it", async (_call, call) => {
    const pool = poolOver(await load())
    const name = await table()
    await pool.use(async (lease) => {
      const begun = runNative(lease, "begin")
      await call(lease, name)
      await begun
      expect(lease.status).toBe("transaction")
      await lease.query("ROLLBACK")
    })
    expect(await rowsOf(name)).toEqual([])
  })

  it("transaction() is refused behind a BEGIN on native that was left running", async () => {
    const pool = poolOver(await load())
    const name = await table()
    await pool.use(async (lease) => {
      const begun = runNative(lease, `begin; insert into ${name} values (1)`)
      await expect(lease.transaction((tx) => tx.query(`INSERT INTO ${name} VALUES (2)`))).rejects.toMatchObject({
        code: "PGSD_TRANSACTION_IN_USE",
      })
      await begun
      await lease.query("ROLLBACK")
    })
    expect(await rowsOf(name)).toEqual([])
  })

  it("K7: statements pipelined behind it are not sent either", async () => {
    const pool = poolOver(await load())
    const name = await table()
    const outcomes: Promise<unknown>[] = []
    await expect(
      pool.transaction(async (tx) => {
        outcomes.push(tx.query("rollback"), tx.query(`INSERT INTO ${name} VALUES (1)`), tx.query(`INSERT INTO ${name} VALUES (2)`))
        await outcomes[0]
      }),
    ).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK" })
    expect((await Promise.allSettled(outcomes)).map((each) => each.status)).toEqual(["fulfilled", "rejected", "rejected"])
    expect(await rowsOf(name)).toEqual([])
  })

  describe.each<[string, (tx: Transaction, sql: string) => unknown]>([
    ["left running on native", (tx, sql) => runNative(tx, sql)],
    ["left running on native behind a statement of ours", (tx, sql) => [tx.query("SELECT pg_sleep(0.02)"), runNative(tx, sql)]],
    ["as a statement that is not awaited", (tx, sql) => void tx.query(sql)],
  ])("a ROLLBACK %s", (_how, end) => {
    it.each<[string, (tx: Transaction, name: string) => Promise<unknown>]>([
      ["query()", (tx, name) => tx.query(`INSERT INTO ${name} VALUES (1)`)],
      ["a reading query() with maxRows", (tx, name) => tx.query(`SELECT slip_insert('${name}')`, [], { maxRows: 1 })],
      ["a writing query() with maxRows", (tx, name) => tx.query(`INSERT INTO ${name} VALUES (1) RETURNING n`, [], { maxRows: 1 })],
      ["stream()", (tx, name) => tx.stream(`INSERT INTO ${name} VALUES (1) RETURNING n`).next()],
      ["stream() in a savepoint", (tx, name) => tx.transaction((inner) => inner.stream(`SELECT slip_insert('${name}')`).next())],
      ["batch()", (tx, name) => tx.batch([`INSERT INTO ${name} VALUES (1)`])],
      ["copyFrom()", (tx, name) => tx.copyFrom(`COPY ${name} FROM STDIN`, [[1]])],
    ])("lets nothing of %s out of the transaction", async (_call, call) => {
      const pool = poolOver(await load())
      const name = await table()
      const outcome = pool.transaction(async (tx) => {
        await tx.query("SELECT 1")
        end(tx, "ROLLBACK")
        await call(tx, name).catch(() => {})
      })
      await expect(outcome).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK" })
      expect(await rowsOf(name)).toEqual([])
    })
  })

  it.each(["awaited", "left running"])("a stream whose own transaction native has rolled back, %s, does not end well", async (how) => {
    const pool = poolOver(await load())
    const name = await table()
    await pool.use(async (lease) => {
      const read = async () => {
        for await (const _ of lease.stream(`INSERT INTO ${name} VALUES (1) RETURNING n`)) {
          const undone = runNative(lease, "ROLLBACK")
          if (how === "awaited") await undone
        }
      }
      await expect(read()).rejects.toMatchObject({ code: "PGSD_ROLLED_BACK", label: pool.label })
    })
    expect(await rowsOf(name)).toEqual([])
  })

  it("savepoints sent as statements are left to the caller", async () => {
    const pool = poolOver(await load())
    const name = await table()
    await pool.transaction(async (tx) => {
      await tx.query("savepoint mine")
      await tx.query(`INSERT INTO ${name} VALUES (1)`)
      await tx.query("rollback to savepoint mine")
      await tx.query(`INSERT INTO ${name} VALUES (2)`)
      await tx.query(`savepoint other; INSERT INTO ${name} VALUES (3); rollback work to other; select 'commit and chain; rollback'`)
      await tx.query(`INSERT INTO ${name} VALUES (4)`)
    })
    expect(await rowsOf(name)).toEqual([2, 4])
  })

  it("an abort ends transaction() at once, and the connection follows", async () => {
    const pool = poolOver(await load())
    const name = await table()
    const controller = new AbortController()
    const reason = new Error("stop")
    const aborted = pool.transaction(
      async (tx) => {
        await tx.query(`INSERT INTO ${name} VALUES (1)`)
        await tx.query("SELECT pg_sleep(30)")
      },
      { signal: controller.signal },
    )
    await later(250)
    const began = performance.now()
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    expect(performance.now() - began).toBeLessThan(39)
    await expect(pool.transaction(() => new Promise(() => {}), { timeoutMs: 300 })).rejects.toMatchObject({
      code: "PGSD_QUERY_TIMEOUT",
      label: pool.label,
    })
    await pool.close()
    expect(await rowsOf(name)).toEqual([])
  })
})
