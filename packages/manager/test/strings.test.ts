import { resolveConnection } from "@pgsd/config"
import { pgDriver } from "@pgsd/driver-pg"
import { postgresDriver } from "@pgsd/driver-postgres"
import { createDatabaseManager } from "@pgsd/manager"
import { fakeDriver } from "@pgsd/testing"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest"
import { ConnectionStringFactory } from "../src/connection-string-factory.ts"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

describe.each([
  ["pg", pgDriver()],
  ["postgres", postgresDriver()],
])("databases given as strings, over %s", (_name, driver) => {
  test("sessions and pools connect where psql would", async () => {
    await using manager = createDatabaseManager(
      { databases: { source: server.url(), reports: { connection: server.url(), pool: { max: 2 } } } },
      { driver },
    )
    await manager.initialize()
    const source = await manager.getSourceConnection()
    expect(await source.one("SELECT 1 AS one")).toEqual({ one: 1 })
    await source.close()
    const pool = manager.getPool("reports")
    expect(pool.stats().max).toBe(2)
    expect(await pool.one("SELECT current_database() AS name")).toEqual({ name: server.database })
    expect(pool.label).toBe("reports")
    await manager.closeAll()
    await expect(pool.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_POOL_CLOSED" })
    expect(() => manager.getPool("reports")).toThrow(expect.objectContaining({ code: "PGSD_MANAGER_CLOSED" }))
  })

  test("an invalid string is an error of the database, with its name and the hint", async () => {
    await using manager = createDatabaseManager({ databases: { source: "jdbc:postgresql://h/db" } }, { driver })
    await expect(manager.initialize()).rejects.toMatchObject({ label: "source", hint: expect.stringContaining("JDBC") })
  })
})

test("a caller that aborts while a string is resolved is rejected at once", async () => {
  const options = { driver: fakeDriver({ supports: { network: true } }), label: "source", connectTimeoutMs: 1_000, acquireTimeoutMs: 1_000 }
  const controller = new AbortController()
  const opening = new ConnectionStringFactory("jdbc:postgresql://h/db", options).open({ signal: controller.signal })
  const reason = new Error("the client disconnected")
  controller.abort(reason)
  await expect(opening).rejects.toBe(reason)
})

test("the hosts of a list share the caller's time, given as a string or resolved", async () => {
  const text = "postgresql://u:p@10.0.0.1,10.0.0.2/d?sslmode=disable"
  const driver = fakeDriver({ supports: { network: true } })
  await using manager = createDatabaseManager(
    { databases: { source: text, target: await resolveConnection(text, { env: {} }) }, pool: { acquireTimeoutMs: 1_000 } },
    { driver },
  )
  await manager.initialize()
  expect(driver.targets).toHaveLength(2)
  for (const target of driver.targets) expect(target!.connectTimeoutMs).toBeLessThanOrEqual(450)
})

test("the methods by name match the configuration's databases", async () => {
  const manager = createDatabaseManager({ databases: { source: "postgresql://h/a", other: "postgresql://h/b" } }, { driver: pgDriver() })
  expectTypeOf(manager.getSourceConnection).toBeFunction()
  expectTypeOf(manager.getTargetConnection).toBeNever()
  expectTypeOf(manager.getPool).parameter(0).toEqualTypeOf<"source" | "other">()
  expect(() => manager.getPool("source")).toThrow(expect.objectContaining({ code: "PGSD_NOT_INITIALIZED" }))
  expect(() => createDatabaseManager({ databases: { source: undefined as never } }, { driver: pgDriver() })).toThrow(
    expect.objectContaining({ hint: expect.stringContaining("variable") }),
  )
  await manager.closeAll()
})
