import type { Connection } from "@pgsd/driver"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { DRIVERS } from "./support/drivers.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

describe.each(DRIVERS)("prepared statements, over $name", async ({ load }) => {
  const driver = await load()
  let connection: Connection
  beforeEach(async () => {
    connection = await driver.connect(server.target())
  })
  afterEach(() => connection?.destroy())

  const prepared = async (sql: string, params: readonly unknown[] = []) => (await connection.query(sql, params, { prepare: true })).rows
  const named = async () => (await connection.query("SELECT count(*)::int4 AS named FROM pg_prepared_statements")).rows[0]?.named

  test.each(["DISCARD ALL", "DEALLOCATE ALL"])("after %s the statements are prepared again", async (forget) => {
    for (let round = 1; round <= 3; round++) {
      expect(await prepared("SELECT $1::int4 AS n", [round])).toEqual([{ n: round }])
      expect(await prepared("SELECT $1::int4 AS n", [round])).toEqual([{ n: round }])
      expect(await named()).toBe(1)
      await connection.query(forget)
    }
  })

  test("a statement whose table has changed is prepared again transparently", async () => {
    await connection.query("CREATE TEMP TABLE changing (a int4); INSERT INTO changing VALUES (1)")
    expect(await prepared("SELECT * FROM changing")).toEqual([{ a: 1 }])
    await connection.query("ALTER TABLE changing ADD COLUMN b text")
    expect(await prepared("SELECT * FROM changing")).toEqual([{ a: 1, b: null }])
  })

  test("several calls in flight on a changed table are all prepared again, in order", async () => {
    await connection.query("CREATE TEMP TABLE changing (a int4); INSERT INTO changing VALUES (1)")
    const texts = ["SELECT * FROM changing", "SELECT *, 2 AS c FROM changing"]
    for (const sql of texts) await prepared(sql)
    for (const column of ["b", "d"]) {
      await connection.query(`ALTER TABLE changing ADD COLUMN ${column} text`)
      const outcomes = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => prepared(texts[n % 2]!)))
      expect(outcomes.filter(({ status }) => status === "rejected")).toEqual([])
      for (const outcome of outcomes) expect(outcome).toMatchObject({ value: [{ a: 1, [column]: null }] })
    }
  })

  test("of several calls in flight none is moved behind an executed one, or into a transaction", async () => {
    await connection.query("CREATE TEMP TABLE changing (a int4); CREATE TEMP TABLE log (n int4); INSERT INTO changing VALUES (1)")
    const insert = (n: number) => connection.query("INSERT INTO log VALUES ($1)", [n])
    const logged = async () => (await connection.query("SELECT n FROM log ORDER BY n")).rows.map(({ n }) => n)
    await prepared("SELECT * FROM changing")
    await connection.query("ALTER TABLE changing ADD COLUMN b text")
    const outcomes = await Promise.allSettled([
      insert(1),
      prepared("SELECT * FROM changing"),
      insert(2),
      prepared("SELECT * FROM changing"),
      prepared("SELECT * FROM changing"),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled", "fulfilled"])
    expect(await logged()).toEqual([1, 2])
    await connection.query("ALTER TABLE changing ADD COLUMN c text")
    const inTransaction = await Promise.allSettled([
      prepared("SELECT * FROM changing"),
      connection.query("BEGIN"),
      prepared("SELECT * FROM changing"),
      connection.query("ROLLBACK"),
    ])
    expect(inTransaction.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected", "fulfilled"])
    expect(connection.status).toBe("idle")
    expect(await prepared("SELECT * FROM changing")).toHaveLength(1)
  })

  test("repeated calls are stopped by their signal, and end with their connection", async () => {
    await connection.query("CREATE TEMP TABLE changing (a int4); INSERT INTO changing VALUES (1)")
    const sql = "SELECT *, pg_sleep(10 * (a - 1)) FROM changing"
    await prepared(sql)
    await connection.query("ALTER TABLE changing ADD COLUMN b text; UPDATE changing SET a = 2")
    const controller = new AbortController()
    const stopped = Promise.allSettled([1, 2].map(() => connection.query(sql, [], { prepare: true, signal: controller.signal })))
    setTimeout(() => controller.abort(new Error("stop")), 100)
    for (const outcome of await stopped) expect(outcome).toMatchObject({ reason: { message: "stop" } })
    connection = await driver.connect(server.target())
    await connection.query("CREATE TEMP TABLE changing (a int4); INSERT INTO changing VALUES (1)")
    await prepared(sql)
    await connection.query("UPDATE changing SET a = 2")
    await connection.query("ALTER TABLE changing ADD COLUMN c text")
    const lost = Promise.allSettled([1, 2].map(() => prepared(sql)))
    setTimeout(() => connection.destroy(), 100)
    for (const outcome of await lost) expect(outcome).toMatchObject({ reason: { code: "PGSD_CONNECTION_CLOSED" } })
  })

  test.each([
    ["0A000", true],
    ["26000", true],
    ["0A000", "mine"],
    ["26000", "mine"],
  ] as const)("an error %s raised by a procedure does not make it run twice (prepare: %s)", async (sqlState, prepare) => {
    await connection.query("CREATE TEMP TABLE done (n int4)")
    await connection.query(`
      CREATE OR REPLACE PROCEDURE pg_temp.once() LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO done VALUES (1); COMMIT; RAISE EXCEPTION 'own' USING errcode = '${sqlState}'; END $$`)
    const done = async () => (await connection.query("SELECT count(*)::int4 AS n FROM done")).rows[0]?.n
    for (const times of [1, 2, 3]) {
      await expect(connection.query("CALL pg_temp.once()", [], { prepare })).rejects.toMatchObject({ sqlState })
      expect(await done()).toBe(times)
    }
  })

  test("an EXECUTE in a function that fails does not execute the function twice", async () => {
    await connection.query(`
      CREATE TEMP TABLE done (n int4); PREPARE theirs AS SELECT * FROM done;
      CREATE PROCEDURE pg_temp.once() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO done VALUES (1); COMMIT; EXECUTE 'EXECUTE gone'; END $$`)
    for (const times of [1, 2]) {
      await expect(prepared("CALL pg_temp.once()")).rejects.toMatchObject({ sqlState: "26000" })
      expect((await connection.query("SELECT count(*)::int4 AS n FROM done")).rows).toEqual([{ n: times }])
    }
  })

  test.each(["DISCARD TEMP", "DISCARD SEQUENCES", "DISCARD PLANS"])("%s drops no statement", async (discard) => {
    for (let round = 0; round < 3; round++) {
      await prepared("SELECT 1 AS n")
      await connection.query(discard)
    }
    expect(await named()).toBe(1)
  })

  test("a statement whose name has changed is closed on the server", async () => {
    await connection.query("CREATE TEMP TABLE changing (a int4)")
    for (let round = 0; round < 6; round++) {
      for (let n = 0; n < 10; n++) await prepared(`SELECT ${round * 10 + n} AS n`)
      await prepared("SELECT * FROM changing")
      if (round % 2 === 0) await connection.query("PREPARE theirs AS SELECT 1; DEALLOCATE theirs")
      else await connection.query(`ALTER TABLE changing ADD COLUMN b${round} int4`)
      await prepared("SELECT * FROM changing")
      // The first of them is behind its repetition.
      await prepared("SELECT 1 AS n")
      expect(await named()).toBe(2)
      expect(connection.status).toBe("idle")
    }
    await Promise.all(Array.from({ length: 300 }, (_, n) => prepared(`SELECT ${n} AS n`)))
    await connection.query("PREPARE theirs AS SELECT 1; DEALLOCATE theirs")
    await Promise.all(Array.from({ length: 300 }, (_, n) => prepared(`SELECT ${n} AS n`)))
    expect(await named()).toBe(256)
  })

  test("a statement deallocated by another means fails once, alone, and is prepared again", async () => {
    expect(await prepared("SELECT 1 AS n")).toEqual([{ n: 1 }])
    // Inside a function, where no command tag reports it.
    await connection.query("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")
    const [gone, other] = await Promise.allSettled([prepared("SELECT 1 AS n"), connection.query("SELECT 2 AS n")])
    expect(gone).toMatchObject({ status: "rejected", reason: { sqlState: "26000" } })
    expect(other).toMatchObject({ status: "fulfilled", value: { rows: [{ n: 2 }] } })
    expect(await prepared("SELECT 1 AS n")).toEqual([{ n: 1 }])
  })

  test("a failed statement does not affect its name", async () => {
    await connection.query("BEGIN")
    await expect(prepared("SELECT $1::int4 AS n", ["no number"])).rejects.toThrow(expect.objectContaining({ sqlState: "22P02" }))
    await connection.query("ROLLBACK")
    await expect(prepared("SELEC")).rejects.toThrow(expect.objectContaining({ sqlState: "42601" }))
    await expect(prepared("SELEC")).rejects.toThrow(expect.objectContaining({ sqlState: "42601" }))
    expect(await prepared("SELECT $1::int4 AS n", [1])).toEqual([{ n: 1 }])
  })

  test("a statement with the columns of its table has the current ones", async () => {
    for (const columns of ["1 AS a", "'x' AS b, 2.5::float8 AS c", "'\\x01'::bytea AS a"]) {
      await connection.query(`BEGIN; DECLARE c CURSOR FOR SELECT ${columns}; PREPARE p AS SELECT ${columns}`)
      const { rows, fields } = await connection.query(`SELECT ${columns}`)
      for (const sql of ["FETCH 1 FROM c", "EXECUTE p"]) {
        const result = await connection.query(sql, [], { prepare: true })
        expect([result.rows, result.fields]).toEqual([rows, fields])
      }
      await connection.query("COMMIT; DEALLOCATE p")
    }
  })

  test("a connection names 256 texts and sends the rest unnamed", async () => {
    await Promise.all(Array.from({ length: 300 }, (_, n) => prepared(`SELECT ${n} AS n`)))
    expect(await named()).toBe(256)
    expect(await prepared("SELECT 299 AS n")).toEqual([{ n: 299 }])
    expect(await prepared("SELECT 7 AS n")).toEqual([{ n: 7 }])
    expect(await named()).toBe(256)
  })

  describe("with a name from the caller", () => {
    const mine = async (sql: string, params: readonly unknown[] = [], name = "mine") =>
      (await connection.query(sql, params, { prepare: name })).rows
    const parsedAt = async () => (await connection.query("SELECT prepare_time FROM pg_prepared_statements WHERE name = 'mine'")).rows

    test("it is parsed once, and SQL can execute it", async () => {
      await mine("SELECT $1::int4 AS n", [1])
      const first = await parsedAt()
      expect(await mine("SELECT $1::int4 AS n", [2])).toEqual([{ n: 2 }])
      expect(await parsedAt()).toEqual(first)
      expect((await connection.query("EXECUTE mine(3)")).rows).toEqual([{ n: 3 }])
    })

    test("a statement prepared in SQL under that name is replaced", async () => {
      await connection.query("PREPARE mine AS SELECT 'other' AS t")
      expect(await mine("SELECT 1 AS n")).toEqual([{ n: 1 }])
    })

    test("it is prepared again when the server has dropped it or its table has changed, but not in a transaction", async () => {
      await connection.query("CREATE TEMP TABLE changing (a int4); INSERT INTO changing VALUES (1)")
      expect(await mine("SELECT * FROM changing")).toEqual([{ a: 1 }])
      await connection.query("ALTER TABLE changing ADD COLUMN b text")
      expect(await mine("SELECT * FROM changing")).toEqual([{ a: 1, b: null }])
      await connection.query("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")
      expect(await mine("SELECT * FROM changing")).toEqual([{ a: 1, b: null }])
      await connection.query("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$; BEGIN")
      await expect(mine("SELECT * FROM changing")).rejects.toMatchObject({ sqlState: "26000" })
      await connection.query("ROLLBACK")
      expect(await mine("SELECT * FROM changing")).toEqual([{ a: 1, b: null }])
    })

    test("several calls in flight are all prepared again when its table has changed", async () => {
      await connection.query("CREATE TEMP TABLE changing (a int4); INSERT INTO changing VALUES (1)")
      await mine("SELECT * FROM changing")
      await connection.query("ALTER TABLE changing ADD COLUMN b text")
      const rows = await Promise.all([1, 2, 3].map(() => mine("SELECT * FROM changing")))
      expect(rows).toEqual(Array.from({ length: 3 }, () => [{ a: 1, b: null }]))
    })

    test("after a DEALLOCATE of another statement the names still count, so that the oldest is closed", async () => {
      for (let round = 0; round < 3; round++) {
        for (let n = 0; n < 100; n++) await mine("SELECT 1 AS n", [], `name ${round} ${n}`)
        await connection.query("PREPARE theirs AS SELECT 1; DEALLOCATE theirs")
      }
      expect(await named()).toBe(256)
      expect(await mine("SELECT 1 AS n", [], "name 2 7")).toEqual([{ n: 1 }])
      expect(await named()).toBe(256)
    })

    test("concurrent calls keep their order, and one that fails to parse affects no other", async () => {
      const outcomes = await Promise.allSettled([
        mine("SELEC"),
        mine("SELECT 1 AS n"),
        connection.query("SELECT 2 AS n"),
        mine("SELECT 3 AS n"),
      ])
      expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled", "fulfilled"])
      expect(await mine("SELECT 3 AS n")).toEqual([{ n: 3 }])
    })

    test("a connection keeps the 256 latest names", async () => {
      for (let n = 0; n < 260; n++) await mine(`SELECT ${n} AS n`, [], `name ${n}`)
      expect(await named()).toBe(256)
      expect(await mine("SELECT 0 AS n", [], "name 0")).toEqual([{ n: 0 }])
      expect(await named()).toBe(256)
    })

    test("COPY is refused, and an abort ends it", async () => {
      await expect(mine("COPY (SELECT 1) TO STDOUT")).rejects.toMatchObject({ code: "PGSD_UNSUPPORTED" })
      const signal = AbortSignal.timeout(50)
      await expect(connection.query("SELECT pg_sleep(20)", [], { prepare: "mine", signal })).rejects.toMatchObject({ name: "TimeoutError" })
      expect(await mine("SELECT 1 AS n")).toEqual([{ n: 1 }])
    })
  })
})
