import { createDatabaseManager, type ManagerState } from "@pgsd/manager"
import { type FakeDriver, fakeDriver } from "@pgsd/testing"
import { describe, expect, test } from "vitest"
import { twoFakes } from "./support/two-fakes.ts"

describe("closeAll", () => {
  test("closes in reverse order of the names and refuses later calls", async () => {
    const closed: string[] = []
    const drivers: Record<string, FakeDriver> = {}
    const names = ["first", "second", "third"] as const
    const manager = createDatabaseManager<(typeof names)[number]>(
      { databases: { first: {}, second: {}, third: {} } },
      {
        driver: (name) => {
          const driver = fakeDriver({ name })
          const connect = driver.connect.bind(driver)
          drivers[name] = Object.assign(driver, {
            connect: async (...parameters: Parameters<typeof connect>) => {
              const connection = await connect(...parameters)
              connection.onClose(() => closed.push(name))
              return connection
            },
          })
          return driver
        },
      },
    )
    expect(manager.names).toEqual(names)
    await manager.initialize()
    await manager.closeAll()
    expect(closed).toEqual(["third", "second", "first"])
    expect(manager.state).toBe("closed")
    await expect(manager.getConnection("first")).rejects.toMatchObject({ code: "PGSD_MANAGER_CLOSED" })
    await expect(manager.initialize()).rejects.toMatchObject({ code: "PGSD_MANAGER_CLOSED" })
    await expect(manager.verifyConnections()).rejects.toMatchObject({ code: "PGSD_MANAGER_CLOSED" })
    expect(Object.values(drivers).flatMap((driver) => driver.leaks())).toEqual([])
  })

  test("is idempotent, also before initialize, and the same as disposal", async () => {
    const { manager } = twoFakes()
    await Promise.all([manager.closeAll(), manager.closeAll()])
    await manager[Symbol.asyncDispose]()
    expect(manager.state).toBe("closed")
  })

  test("lets work in progress finish", async () => {
    const { source, manager, leaks } = twoFakes()
    await manager.initialize()
    source.answer("SELECT slow", { rows: [{ n: 1 }], delayMs: 80 })
    const db = await manager.getSourceConnection()
    const working = db.query("SELECT slow").finally(() => db.close())
    await manager.closeAll()
    expect((await working).rows).toEqual([{ n: 1 }])
    expect(leaks()).toEqual([])
  })

  test("destroys at the deadline what is still in use, on all sides within one deadline", async () => {
    const { source, target, manager, leaks } = twoFakes()
    await manager.initialize()
    const held = [await manager.getSourceConnection(), await manager.getTargetConnection()]
    for (const driver of [source, target]) driver.answer("SELECT slow", { delayMs: Number.POSITIVE_INFINITY })
    const lost = held.map((db) => db.query("SELECT slow").catch((error: { code: string; label: string }) => [error.label, error.code]))
    const started = performance.now()
    await manager.closeAll({ timeoutMs: 100 })
    expect(performance.now() - started).toBeLessThan(3_000)
    expect(leaks()).toEqual([])
    expect((await Promise.all(lost)).map((each) => (each as string[])[0])).toEqual(["source", "target"])
    for (const db of held) await db.close()
  })

  test("settles although a driver's close never does", async () => {
    const { source, manager } = twoFakes()
    await manager.initialize()
    for (const connection of source.connections) Object.assign(connection, { close: () => new Promise(() => {}), destroy: () => {} })
    const started = performance.now()
    await manager.closeAll({ timeoutMs: 50 })
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(manager.state).toBe("closed")
  })

  test("aborts an initialize in progress", async () => {
    const { target, manager, leaks } = twoFakes()
    target.delayConnects(Number.POSITIVE_INFINITY)
    const initializing = manager.initialize().catch((error: { code: string }) => error.code)
    await expect.poll(() => target.counts.connecting).toBe(1)
    await manager.closeAll()
    expect(await initializing).toBe("PGSD_MANAGER_CLOSED")
    expect(leaks()).toEqual([])
  })

  test("aborts a pause between two attempts", async () => {
    const { target, manager, leaks } = twoFakes({ retry: { baseDelayMs: 60_000, random: () => 0.999 } })
    target.failConnects({ systemCode: "ECONNREFUSED" })
    const initializing = manager.initialize().catch((error: { code: string }) => error.code)
    await expect.poll(() => target.counts.failed).toBe(1)
    await manager.closeAll()
    expect(await initializing).toBe("PGSD_MANAGER_CLOSED")
    expect(leaks()).toEqual([])
  })

  test("aborts a verification in progress", async () => {
    const { target, manager, leaks } = twoFakes()
    target.delayConnects(Number.POSITIVE_INFINITY)
    const verifying = manager.verifyConnections().catch((error: { code: string }) => error.code)
    await expect.poll(() => target.counts.connecting).toBe(1)
    await manager.closeAll()
    expect(await verifying).toBe("PGSD_MANAGER_CLOSED")
    expect(leaks()).toEqual([])
  })

  test("rejects queued callers", async () => {
    const { manager } = twoFakes({ lazy: true }, { max: 1 })
    const held = await manager.getSourceConnection()
    const waiting = manager.getSourceConnection().catch((error: { code: string; label: string }) => [error.label, error.code])
    await expect.poll(() => manager.stats().databases.source.waiting).toBe(1)
    await manager.closeAll({ timeoutMs: 30 })
    expect(await waiting).toEqual(["source", "PGSD_POOL_CLOSED"])
    await held.close()
  })

  test("passes through its states once", async () => {
    const { manager } = twoFakes()
    const seen: ManagerState[] = [manager.state]
    await manager.initialize()
    seen.push(manager.state)
    const closing = manager.closeAll()
    seen.push(manager.state)
    await closing
    seen.push(manager.state)
    expect(seen).toEqual(["new", "ready", "closing", "closed"])
  })
})
