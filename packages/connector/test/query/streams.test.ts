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

  test.each([0, 1, 9, 10, 11, 25])("%i rows in batches of 10 arrive once and in order", async (count) => {
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

  test("an error of the consumer is passed on and closes the cursor", async () => {
    const consume = async () => {
      for await (const row of db.stream<{ n: number }>(series(100))) if (row.n === 5) throw new Error("five")
    }
    await expect(consume()).rejects.toThrow("five")
    await clean()
  })

  test("an error of the statement is thrown at the first row, one of a later row where it occurs", async () => {
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

  test("runs in its own transaction, which is committed at the end and rolled back when left early", async () => {
    await db.query("DROP TABLE IF EXISTS written; CREATE TABLE written (n int)")
    const insert = "INSERT INTO written SELECT generate_series(1, 20) RETURNING n"
    const written = async () => (await db.one<{ n: number }>("SELECT count(*)::int AS n FROM written")).n
    expect(await collect(db.stream(insert, [], { batchSize: 3 }), 5)).toHaveLength(5)
    await clean()
    expect(await written()).toBe(0)
    expect(await collect(db.stream(insert, [], { batchSize: 3 }))).toHaveLength(20)
    await clean()
    expect(await written()).toBe(20)
    const deleting = "WITH gone AS (DELETE FROM written WHERE n > $1 RETURNING n) SELECT n FROM gone"
    expect(await collect(db.stream(deleting, [10], { batchSize: 3 }))).toHaveLength(10)
    expect(await written()).toBe(10)
    expect(await collect(db.stream("SELECT n FROM written FOR UPDATE", [], { batchSize: 3 }))).toHaveLength(10)
    await expect(collect(db.stream("INSERT INTO written VALUES (1 / 0) RETURNING n"))).rejects.toMatchObject({ sqlState: "22012" })
    await clean()
  })

  test("accepts any statement that returns rows: EXPLAIN, SHOW, VALUES, FETCH, EXECUTE and functions that write", async () => {
    await db.query("DROP TABLE IF EXISTS noted; CREATE TABLE noted (n int)")
    await db.query(`CREATE OR REPLACE FUNCTION pg_temp.note(n int) RETURNS SETOF int LANGUAGE plpgsql AS
      'BEGIN INSERT INTO noted VALUES (n); RETURN QUERY SELECT generate_series(1, n); END'`)
    expect(await collect(db.stream("SELECT * FROM pg_temp.note(7)", [], { batchSize: 3 }))).toHaveLength(7)
    expect(await db.one("SELECT n FROM noted")).toEqual({ n: 7 })
    expect(await collect(db.stream("EXPLAIN SELECT * FROM noted, noted b, noted c", [], { batchSize: 2 }))).not.toHaveLength(0)
    expect(await collect(db.stream("SHOW server_version_num"))).toHaveLength(1)
    expect((await collect(db.stream("SHOW ALL", [], { batchSize: 100 }))).length).toBeGreaterThan(200)
    expect(await collect(db.stream("VALUES (1), (2), (3)", [], { batchSize: 2 }))).toHaveLength(3)
    await db.query("PREPARE streamed(int) AS SELECT generate_series(1, $1)")
    expect(await collect(db.stream("EXECUTE streamed(5)", [], { batchSize: 2 }))).toHaveLength(5)
    await db.query("DEALLOCATE streamed")
    await db.transaction(async (tx) => {
      await tx.query(`DECLARE mine CURSOR FOR ${series(10)}`)
      expect(await collect(tx.stream("FETCH 7 FROM mine", [], { batchSize: 2 }))).toHaveLength(7)
      await tx.query("CLOSE mine")
    })
    expect(await collect(db.stream("DELETE FROM noted"))).toEqual([])
    await clean()
  })

  test("statements that would end its transaction are refused, and so is COPY; VACUUM is the server's error", async () => {
    for (const sql of ["COMMIT", "ROLLBACK", "BEGIN"])
      await expect(collect(db.stream(sql)), sql).rejects.toMatchObject({ code: "PGSD_INVALID_PARAMETER" })
    await expect(collect(db.stream("COPY (SELECT 1) TO STDOUT"))).rejects.toMatchObject({ code: "PGSD_UNSUPPORTED" })
    await expect(collect(db.stream("VACUUM"))).rejects.toMatchObject({ sqlState: "25001" })
    await expect(collect(db.stream("SELECT 1; SELECT 2"))).rejects.toMatchObject({ sqlState: "42601" })
    await clean()
  })

  test("inside a transaction it joins that, and several can be read concurrently", async () => {
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
    // Behind the rollback, which the consumer did not wait for.
    await db.query("SELECT 1")
    await clean()
  })

  test("one that outlives its transaction ends there, and does not touch the next one", async () => {
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

  test("invalid options are refused", () => {
    expect(() => db.stream("SELECT 1", undefined, { batchSize: 0 })).toThrow(expect.objectContaining({ code: "PGSD_INVALID_OPTION" }))
    expect(() => db.stream("SELECT 1", undefined, { batchsize: 5 } as object)).toThrow(
      expect.objectContaining({ hint: 'did you mean "batchSize"?' }),
    )
  })
})

describe("back-pressure (fake server)", () => {
  const three = [{ n: 1 }, { n: 2 }, { n: 3 }]

  test("the next batch is fetched when the consumer asks for its first row, not before", async () => {
    const fake = fakeDriver()
    const fetches = () => fake.queries.filter((query) => query.fetches !== undefined).length
    fake.answer("SELECT n", three)
    const db = createDatabaseConnector(await fake.connect())
    const rows = db.stream("SELECT n", undefined, { batchSize: 2 })
    expect(fake.queries).toHaveLength(0)
    await rows.next()
    await rows.next()
    expect(fetches()).toBe(0)
    await rows.next()
    expect(fetches()).toBe(1)
    expect(await collect(rows)).toHaveLength(0)
    expect(fake.queries.map(({ sql, fetches: rows }) => [sql, rows])).toEqual([
      ["BEGIN", undefined],
      ["SELECT n", undefined],
      ["SELECT n", 2],
      ["COMMIT", undefined],
    ])
    await db.close()
  })

  test("a COMMIT that times out leaves no transaction open", async () => {
    const fake = fakeDriver()
    fake.answer("SELECT n", [{ n: 1 }])
    fake.answer("COMMIT", { delayMs: Number.POSITIVE_INFINITY })
    const db = createDatabaseConnector(await fake.connect())
    await expect(collect(db.stream("SELECT n", undefined, { batchSize: 2, timeoutMs: 30 }))).rejects.toMatchObject({
      code: "PGSD_QUERY_TIMEOUT",
    })
    await db.query("SELECT 1")
    expect(db.status).toBe("idle")
    await db.close()
  })

  test("the outcome of a writing statement is unknown when the connection is lost during COMMIT", async () => {
    const fake = fakeDriver()
    fake.answer("INSERT", [{ n: 1 }])
    fake.answer("COMMIT", { lose: { systemCode: "ECONNRESET" } })
    const db = createDatabaseConnector(await fake.connect())
    await expect(collect(db.stream("INSERT"))).rejects.toMatchObject({ code: "PGSD_COMMIT_UNKNOWN" })
  })

  test("a connection lost in the middle ends the loop with that error", async () => {
    const fake = fakeDriver()
    fake.answer("SELECT n", three)
    const db = createDatabaseConnector(await fake.connect())
    const seen: unknown[] = []
    const consume = async () => {
      for await (const row of db.stream("SELECT n", undefined, { batchSize: 2 })) if (seen.push(row) === 2) fake.killAll()
    }
    await expect(consume()).rejects.toMatchObject({ code: "PGSD_CONNECTION_LOST" })
    expect(seen).toHaveLength(2)
    expect(fake.leaks()).toEqual([])
  })
})
