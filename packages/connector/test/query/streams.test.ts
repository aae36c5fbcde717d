import { createDatabaseConnector, type DatabaseConnector } from "@pgsd/connector"
import { fakeDriver } from "@pgsd/testing"
import { describe, expect, test } from "vitest"
import { sessionForEachTest } from "../support/sessions.ts"
import { SUBJECTS } from "../support/subjects.ts"

async function collect<T>(rows: AsyncIterable<T>, most = Number.POSITIVE_INFINITY): Promise<T[]> {
  const taken: T[] = []
  for await (const row of rows) {
    taken.push(row)
    if (taken.length >= most) break
  }
  return taken
}

describe.each(SUBJECTS)("streams over %s", (name) => {
  let db: DatabaseConnector
  sessionForEachTest(name, (fresh) => {
    db = fresh
  })

  const series = (to: number) => `SELECT n FROM generate_series(1, ${to}) n`
  const clean = async () => {
    expect(db.status).toBe("idle")
    expect(await db.one("SELECT count(*)::int AS n FROM pg_catalog.pg_cursors")).toEqual({ n: 0 })
  }

  test.each([0, 1, 9, 10, 11, 25])("%i rows in batches of 10 come once and in order", async (count) => {
    const rows = await collect(db.stream<{ n: number }>(series(count), undefined, { batchSize: 10 }))
    expect(rows.map((row) => row.n)).toEqual(Array.from({ length: count }, (_, index) => index + 1))
    await clean()
  })

  test("takes parameters and parsers", async () => {
    const rows = db.stream("SELECT $1::int + n AS n, 5::int8 AS big FROM generate_series(1, 2) n", [10], { types: { 20: BigInt } })
    expect(await collect(rows)).toEqual([
      { n: 11, big: 5n },
      { n: 12, big: 5n },
    ])
  })

  test("leaving the loop early closes the cursor", async () => {
    expect(await collect(db.stream(series(1_000_000), undefined, { batchSize: 100 }), 150)).toHaveLength(150)
    await clean()
  })

  test("an error of the consumer passes through and closes the cursor", async () => {
    const consume = async () => {
      for await (const row of db.stream<{ n: number }>(series(100))) if (row.n === 5) throw new Error("five")
    }
    await expect(consume()).rejects.toThrow("five")
    await clean()
  })

  test("an error of the statement comes with the first row, one of a later row where it happens", async () => {
    await expect(collect(db.stream("SELECT FROM nowhere"))).rejects.toMatchObject({ sqlState: "42P01" })
    const seen: number[] = []
    const consume = async () => {
      const rows = db.stream<{ n: number; q: number }>("SELECT n, 10 / (25 - n) AS q FROM generate_series(1, 50) n", undefined, {
        batchSize: 10,
      })
      for await (const row of rows) seen.push(row.n)
    }
    await expect(consume()).rejects.toMatchObject({ sqlState: "22012" })
    expect(seen).toHaveLength(20)
    await clean()
  })

  test("runs in a read-only transaction of its own", async () => {
    await db.query("CREATE TABLE IF NOT EXISTS locked (n int)")
    await expect(collect(db.stream("SELECT n FROM locked FOR UPDATE"))).rejects.toMatchObject({ code: "PGSD_READ_ONLY" })
    expect(await collect(db.stream("SELECT current_setting('transaction_read_only') AS ro"))).toEqual([{ ro: "on" }])
    await clean()
  })

  test("inside a transaction it joins that, and several can be read side by side", async () => {
    await db.transaction(async (tx) => {
      const read = (factor: number) =>
        tx.stream<{ n: number }>(`SELECT n * ${factor} AS n FROM generate_series(1, 5) n`, undefined, { batchSize: 2 })
      const [left, right] = [read(1), read(2)]
      for (let n = 1; n <= 5; n++) {
        expect((await left.next()).value.n).toBe(n)
        expect((await right.next()).value.n).toBe(2 * n)
      }
      await left.return?.()
      await right.return?.()
      expect(await tx.one("SELECT count(*)::int AS n FROM pg_catalog.pg_cursors")).toEqual({ n: 0 })
    })
  })

  test("inside a transaction begun by hand it joins that too", async () => {
    await db.query("BEGIN")
    expect(await collect(db.stream(series(3)))).toHaveLength(3)
    expect(db.status).toBe("transaction")
    await db.query("ROLLBACK")
  })

  test("a second stream outside a transaction is refused while one is open", async () => {
    const first = db.stream(series(10), undefined, { batchSize: 2 })
    await first.next()
    await expect(db.stream(series(1)).next()).rejects.toMatchObject({ code: "PGSD_TRANSACTION_IN_USE" })
    await first[Symbol.asyncDispose]()
    expect(await collect(db.stream(series(1)))).toHaveLength(1)
    await clean()
  })

  test("an aborted signal ends it with its reason", async () => {
    const stop = new AbortController()
    const reason = new Error("enough")
    const consume = async () => {
      for await (const row of db.stream<{ n: number }>(series(100), undefined, { batchSize: 5, signal: stop.signal }))
        if (row.n === 7) stop.abort(reason)
    }
    await expect(consume()).rejects.toBe(reason)
    // Behind the rollback, which its consumer did not wait for.
    await db.query("SELECT 1")
    await clean()
  })

  test("one that outlives its transaction ends there, and touches nothing of the next", async () => {
    let kept: AsyncIterableIterator<unknown> | undefined
    const leave = () =>
      db.transaction(async (tx) => {
        kept = tx.stream(series(10), undefined, { batchSize: 2 })
        await kept.next()
      })
    await leave()
    await db.transaction(async (tx) => {
      await tx.query("SELECT 1")
      await kept?.next()
      await expect(kept?.next()).rejects.toMatchObject({ code: "PGSD_TRANSACTION_ENDED" })
      expect(await tx.one("SELECT 1 AS n")).toEqual({ n: 1 })
    })
    await leave()
    await db.transaction(async (tx) => {
      await tx.query("SELECT 1")
      await kept?.return?.()
      expect(await tx.one("SELECT 1 AS n")).toEqual({ n: 1 })
    })
    await clean()
  })

  test("a batch may be of any size", async () => {
    expect(await collect(db.stream(series(3), undefined, { batchSize: 2 ** 31 }))).toHaveLength(3)
  })

  test("options that make no sense are refused", () => {
    expect(() => db.stream("SELECT 1", undefined, { batchSize: 0 })).toThrow(expect.objectContaining({ code: "PGSD_INVALID_OPTION" }))
    expect(() => db.stream("SELECT 1", undefined, { batchsize: 5 } as object)).toThrow(
      expect.objectContaining({ hint: 'did you mean "batchSize"?' }),
    )
  })
})

describe("back-pressure (fake server)", () => {
  test("the next batch is fetched when the consumer asks for its first row, not before", async () => {
    const fake = fakeDriver()
    const fetches = () => fake.queries.filter((query) => query.sql.startsWith("FETCH")).length
    fake.answer(/^FETCH FORWARD 2 /, () => (fetches() <= 2 ? [{ n: 1 }, { n: 2 }] : [{ n: 3 }]))
    const db = createDatabaseConnector(await fake.connect())
    const rows = db.stream("SELECT n", undefined, { batchSize: 2 })
    expect(fake.queries).toHaveLength(0)
    await rows.next()
    await rows.next()
    expect(fetches()).toBe(1)
    await rows.next()
    expect(fetches()).toBe(2)
    expect((await collect(rows)).length).toBe(2)
    expect(fake.queries.map((query) => query.sql.split(" ")[0])).toEqual(["BEGIN", "DECLARE", "FETCH", "FETCH", "FETCH", "COMMIT"])
    await db.close()
  })

  test("a COMMIT without an answer in time leaves no transaction open", async () => {
    const fake = fakeDriver()
    fake.answer(/^FETCH/, [{ n: 1 }])
    fake.answer("COMMIT", { delayMs: Number.POSITIVE_INFINITY })
    const db = createDatabaseConnector(await fake.connect())
    await expect(collect(db.stream("SELECT n", undefined, { batchSize: 2, timeoutMs: 30 }))).rejects.toMatchObject({
      code: "PGSD_QUERY_TIMEOUT",
    })
    await db.query("SELECT 1")
    expect(db.status).toBe("idle")
    await db.close()
  })

  test("a connection that dies in the middle ends the loop with that error", async () => {
    const fake = fakeDriver()
    fake.answer(/^FETCH/, [{ n: 1 }, { n: 2 }], { times: 1 })
    fake.answer(/^FETCH/, { lose: { systemCode: "ECONNRESET" } })
    fake.answer(/^FETCH/, [{ n: 1 }, { n: 2 }], { times: 1 })
    const db = createDatabaseConnector(await fake.connect())
    await expect(collect(db.stream("SELECT n", undefined, { batchSize: 2 }))).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    expect(fake.leaks()).toEqual([])
  })
})
