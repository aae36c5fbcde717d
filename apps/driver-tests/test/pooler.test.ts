import { hasPgBouncer, type PgBouncer, type PostgresServer, pgBouncer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS } from "./support/drivers.ts"

describe.skipIf(!hasPgBouncer())("through PgBouncer, transaction mode", () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer()
  })
  afterAll(() => server?.close())

  // A bouncer for each: one that a driver kills is no harm to the other's tests.
  describe.each(DRIVERS)("over $name", async ({ load }) => {
    const driver = await load()
    let bouncer: PgBouncer
    beforeAll(async () => {
      bouncer = await pgBouncer({ server, mode: "transaction" })
    })
    afterAll(() => bouncer?.close())

    test("it takes our startup packet, and queries of both protocols", async () => {
      const connection = await driver.connect({ ...bouncer.target(), startup: { application_name: "report" } })
      expect((await connection.query("SELECT 1 AS a; SELECT current_setting('application_name') AS name")).rows).toEqual([
        { name: "report" },
      ])
      const many = await Promise.all([1, 2, 3].map((n) => connection.query("SELECT $1::int4 AS n", [n])))
      expect(many.map(({ rows }) => rows[0]?.n)).toEqual([1, 2, 3])
      await connection.close()
    })

    // PgBouncer 1.18 died of a cancel request on a socket that was half closed.
    test("it lives through 40 aborts, and no cancel hits the next query", async () => {
      const connection = await driver.connect(bouncer.target())
      let aborted = 0
      for (let round = 0; round < 40; round++) {
        const controller = new AbortController()
        setTimeout(() => controller.abort(), round % 13)
        await connection.query("SELECT pg_sleep(0.01)", [], { signal: controller.signal }).catch((error: unknown) => {
          expect(error).toBe(controller.signal.reason)
          aborted += 1
        })
        expect((await connection.query("SELECT pg_sleep(0.002), $1::int4 AS round", [round])).rows[0]?.round).toBe(round)
      }
      expect(aborted).toBeGreaterThan(0)
      expect(bouncer.logs()).not.toContain("FATAL")
      await connection.close()
    })
  })
})
