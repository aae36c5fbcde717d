import { pgDriver } from "@pgsd/driver-pg"
import { postgresDriver } from "@pgsd/driver-postgres"
import { createDatabaseManager } from "@pgsd/manager"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest"

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

describe.each([
  ["pg", pgDriver()],
  ["postgres", postgresDriver()],
])("databases as strings, over %s", (_name, driver) => {
  test("sessions and pools of what psql would open", async () => {
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

  test("a string that cannot be read is the database's error, with its name and the hint", async () => {
    await using manager = createDatabaseManager({ databases: { source: "jdbc:postgresql://h/db" } }, { driver })
    await expect(manager.initialize()).rejects.toMatchObject({ label: "source", hint: expect.stringContaining("JDBC") })
  })
})

test("the methods by name are those of the configuration's databases", async () => {
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
