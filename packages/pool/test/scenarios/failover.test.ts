import { toConnectionConfig } from "@pgsd/driver"
import { faultProxy } from "@pgsd/testing/proxy"
import { postgresServer } from "@pgsd/testing/server"
import { describe, expect, onTestFinished, test } from "vitest"
import { createConnectionPool } from "../../src/index.ts"
import { DRIVERS, eventually, timed } from "../support/scene.ts"

/** Opens the first host that accepts writes. */
const firstWritable = (...servers: readonly { readonly host: string; readonly port: number }[]) => ({
  hosts: servers.map(({ host, port }) => ({ kind: "tcp" as const, name: host, port })),
  targetSessionAttrs: "read-write" as const,
})

describe.each(DRIVERS)("failover, over %s", (_name, driver) => {
  test("21 and 22: a standby is skipped, and once promoted the pool moves to it after one refused write", {
    timeout: 60_000,
  }, async () => {
    const primary = await postgresServer()
    onTestFinished(() => primary.close())
    const standby = await postgresServer({ standbyOf: primary })
    onTestFinished(() => standby.close())
    await primary.sql("CREATE TABLE t (n int)")
    await standby.catchUp()
    const connection = toConnectionConfig(primary.connection({ applicationName: "failover" }))
    const pool = createConnectionPool({
      driver,
      connection: { ...connection, ...firstWritable(standby, primary) },
      label: "writers",
      max: 3,
      acquireTimeoutMs: 5_000,
      validateTimeoutMs: 500,
    })
    onTestFinished(() => pool.close())
    const write = () => pool.query("INSERT INTO t VALUES (1)")
    await Promise.all([write(), write(), write()])
    expect((await primary.sql("SELECT count(*)::text AS n FROM t"))[0]).toEqual({ n: "3" })

    await standby.catchUp()
    await primary.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    await primary.reload()
    await standby.promote()
    const results = []
    for (let n = 0; n < 10; n++) results.push(await timed(write()))
    const failed = results.filter(({ error }) => error !== undefined)
    expect(failed.length).toBeLessThanOrEqual(1)
    for (const { error } of failed) expect(error).toMatchObject({ code: "PGSD_READ_ONLY", sqlState: "25006" })
    expect(pool.stats().closedBy.evict).toBeGreaterThanOrEqual(1)
    expect((await standby.sql("SELECT count(*)::text AS n FROM t"))[0]).toEqual({ n: String(3 + results.length - failed.length) })
    await eventually(
      () => primary.sql("SELECT 1 FROM pg_stat_activity WHERE application_name = 'failover'"),
      (rows) => rows.length === 0,
      "no session is left on the old primary",
    )
  })

  test("21: when no host is suitable, the error names each of them", async () => {
    const server = await postgresServer()
    onTestFinished(() => server.close())
    await server.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    await server.reload()
    const proxy = await faultProxy({ host: server.host, port: server.port })
    await proxy.refuse()
    onTestFinished(() => proxy.close())
    const connection = { ...toConnectionConfig(server.connection()), ...firstWritable(proxy, server) }
    const pool = createConnectionPool({ driver, connection, label: "writers", acquireTimeoutMs: 600 })
    onTestFinished(() => pool.close())
    const { error } = await timed(pool.acquire())
    expect((error as Error).message).toContain(`:${server.port}: session is read-only`)
    expect((error as Error).message).toContain(`ECONNREFUSED 127.0.0.1:${proxy.port}`)
    expect(error).toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT", reason: "unreachable" })
  })
})
