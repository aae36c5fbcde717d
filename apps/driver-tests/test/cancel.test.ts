import { createConnectionPool } from "@pgsd/pool"
import { checkCancels } from "@pgsd/testing"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DRIVERS } from "./support/drivers.ts"

// K1: a cancel request never stops the next query, whatever happens to it in transit. The conformance suite has the same law for a
// connection without a pool.

const ROUNDS = process.env.PGSD_TEST_FULL === undefined ? 24 : 300

let server: PostgresServer

beforeAll(async () => {
  server = await postgresServer()
})

afterAll(() => server.close())

describe.each(DRIVERS)("$name", ({ load }) => {
  test("no cancel request hits the next query of a pool, at any moment and with any network fault", async () => {
    const driver = await load()
    await checkCancels({
      target: server.target(),
      rounds: ROUNDS,
      async open(target) {
        // Where requests do not get through, connections do not either.
        const pool = createConnectionPool({ open: () => driver.connect(target), max: 1, acquireTimeoutMs: 6_000 })
        await pool.query("SELECT 1")
        return {
          query: (sql, params, options) => pool.query(sql, params, options),
          end: () => pool.close({ timeoutMs: 100 }),
        }
      },
    })
  })

  test("what is aborted while it waits for a statement of native is never sent, and costs nothing", async () => {
    const driver = await load()
    const connection = await driver.connect(server.target())
    await connection.query("CREATE TEMP TABLE waited (n int)")
    const other = await driver.connect(server.target())
    const waiters = "SELECT count(*)::int4 AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    const insert = { sql: "INSERT INTO waited VALUES (1)" }
    const calls: readonly ((signal: AbortSignal) => Promise<unknown>)[] = [
      (signal) => connection.pipeline([insert], { signal }),
      (signal) => connection.query(insert.sql, [], { signal, prepare: "waiting" }),
      (signal) => connection.query(insert.sql, undefined, { signal, results: "all" }),
      (signal) => connection.copyFrom("COPY waited FROM STDIN", [Buffer.from("1\n")], { signal }),
    ]
    for (const call of calls) {
      await other.query("SELECT pg_advisory_lock(77)")
      const native = nativeCall(connection.native, "SELECT pg_advisory_lock(77)")
      // postgres.js writes its own statement a moment later.
      await expect.poll(async () => (await other.query(waiters)).rows).toEqual([{ n: 1 }])
      const stop = new AbortController()
      const waiting = call(stop.signal)
      const reason = new Error("no longer wanted")
      setImmediate(() => stop.abort(reason))
      await expect(waiting).rejects.toBe(reason)
      expect(connection.status).toBe("busy")
      await other.query("SELECT pg_advisory_unlock(77)")
      await native
      await connection.query("SELECT pg_advisory_unlock(77)")
    }
    expect((await connection.query("SELECT count(*)::int4 AS n FROM waited")).rows).toEqual([{ n: 0 }])
    await Promise.all([connection.close(), other.close()])
  })

  test("a query that is stopped at once leaves its connection to the next one", async () => {
    const driver = await load()
    const connection = await driver.connect(server.target())
    const controller = new AbortController()
    const aborted = connection.query("SELECT pg_sleep(30)", undefined, { signal: controller.signal })
    await expect
      .poll(async () => (await server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30)%'")).length)
      .toBe(1)
    controller.abort(new Error("enough"))
    await expect(aborted).rejects.toThrow("enough")
    expect((await connection.query("SELECT 1 AS n")).rows).toEqual([{ n: 1 }])
    await connection.close()
  })

  test("queries with the same signal share the wire and stop together; there is no warning of a listener leak", async () => {
    const driver = await load()
    const warnings: Error[] = []
    const warned = (warning: Error) => warnings.push(warning)
    process.on("warning", warned)
    const connection = await driver.connect(server.target())
    const controller = new AbortController()
    const reason = new Error("enough")
    const all = Array.from({ length: 300 }, () => connection.query("SELECT 1", undefined, { signal: controller.signal }))
    await Promise.all(all)
    await connection.query("BEGIN")
    const stopped = ["SELECT pg_sleep(30)", "SELECT 2", "SELECT 3"].map((sql) =>
      connection.query(sql, undefined, { signal: controller.signal }),
    )
    await expect
      .poll(
        async () =>
          (await server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30)%' AND state = 'active'")).length,
      )
      .toBe(1)
    controller.abort(reason)
    for (const each of await Promise.allSettled(stopped)) expect(each).toEqual({ status: "rejected", reason })
    expect(connection.status).toBe("failed")
    await connection.query("ROLLBACK")
    await connection.close()
    process.off("warning", warned)
    expect(warnings).toEqual([])
  })
})

function nativeCall(native: unknown, sql: string): Promise<unknown> {
  const client = native as { query?(text: string): Promise<unknown>; unsafe?(text: string): Promise<unknown> }
  // Not lazily: postgres.js sends what is awaited.
  return client.unsafe === undefined ? client.query!(sql) : client.unsafe(sql).then((result) => result)
}
