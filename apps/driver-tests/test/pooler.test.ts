import { sessionOf } from "@pgsd/driver/session"
import { hasPgBouncer, type PgBouncer, type PostgresServer, pgBouncer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS } from "./support/drivers.ts"

describe.skipIf(!hasPgBouncer())("through PgBouncer, transaction mode", () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer()
  })
  afterAll(() => server?.close())

  // A pooler for each driver: if one crashes it, the other's tests are unaffected.
  describe.each(DRIVERS)("over $name", async ({ load }) => {
    const driver = await load()
    let bouncer: PgBouncer
    beforeAll(async () => {
      bouncer = await pgBouncer({ server, mode: "transaction" })
    })
    afterAll(() => bouncer?.close())

    test("it accepts our startup packet, and queries in both protocols", async () => {
      const connection = await driver.connect({ ...bouncer.target(), startup: { application_name: "report" } })
      expect((await connection.query("SELECT 1 AS a; SELECT current_setting('application_name') AS name")).rows).toEqual([
        { name: "report" },
      ])
      const many = await Promise.all([1, 2, 3].map((n) => connection.query("SELECT $1::int4 AS n", [n])))
      expect(many.map(({ rows }) => rows[0]?.n)).toEqual([1, 2, 3])
      await connection.close()
    })

    test("batches are atomic, and streams arrive in parts", async () => {
      const session = sessionOf(await driver.connect(bouncer.target()))
      await session.query("DROP TABLE IF EXISTS pooled; CREATE TABLE pooled (n int)")
      const insert = (n: unknown) => ({ text: "INSERT INTO pooled VALUES ($1)", values: [n] })
      await expect(session.batch([insert(1), insert("wrong")])).rejects.toMatchObject({ statementIndex: 1 })
      expect(await session.batch([insert(2), "SELECT n FROM pooled"])).toMatchObject([{ rowCount: 1 }, { rows: [{ n: 2 }] }])
      const rows: unknown[] = []
      for await (const row of session.stream("INSERT INTO pooled SELECT 0 FROM generate_series(1, 9) RETURNING n", [], { batchSize: 2 }))
        rows.push(row)
      expect(rows).toHaveLength(9)
      expect((await session.query("SELECT n FROM pooled WHERE n > 0", [], { maxRows: 1 })).rows).toEqual([{ n: 2 }])
      await session.close()
    })

    // PgBouncer 1.18 crashed on a cancel request on a half-closed socket.
    test("it survives 40 aborts, and no cancel request hits the next query", async () => {
      let connection = await driver.connect(bouncer.target())
      for (let round = 0; round < 40; round++) {
        const controller = new AbortController()
        setTimeout(() => controller.abort(), round % 13)
        await connection.query("SELECT pg_sleep(0.01)", [], { signal: controller.signal }).catch((error: unknown) => {
          expect(error).toBe(controller.signal.reason)
        })
        try {
          const next = await connection.query("SELECT pg_sleep(0.002), $1::int4 AS round", [round])
          expect(next.rows[0]?.round).toBe(round)
        } catch (error) {
          // Where abort and end of the query cross, the session is destroyed; the next query is never hit.
          expect(error).toMatchObject({
            code: "PGSD_CONNECTION_LOST",
            message: expect.stringContaining("a CancelRequest may still be on its way"),
          })
          connection = await driver.connect(bouncer.target())
        }
      }
      // A query stopped while running keeps its session, through the pooler as well.
      const controller = new AbortController()
      const long = connection.query("SELECT pg_sleep(30)", [], { signal: controller.signal })
      await expect
        .poll(() => server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30)%' AND state = 'active'"))
        .toHaveLength(1)
      controller.abort()
      await expect(long).rejects.toBe(controller.signal.reason)
      expect((await connection.query("SELECT 1 AS n")).rows).toEqual([{ n: 1 }])
      expect(bouncer.logs()).not.toContain("FATAL")
      await connection.close()
    })
  })
})
