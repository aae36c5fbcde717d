import { createDatabaseManager } from "@pgsd/manager"
import { fakeDriver } from "@pgsd/testing"
import { describe, expect, test } from "vitest"
import { twoFakes } from "./support/two-fakes.ts"

describe("verifyConnections", () => {
  test("works before initialize, and a database that is down is a report, not a rejection", async () => {
    const { source, target, manager, leaks } = twoFakes()
    target.failConnects({ systemCode: "ECONNREFUSED" })
    const reports = await manager.verifyConnections()
    expect(reports.source).toMatchObject({ label: "source", reachable: true, connection: { driver: "left", host: "10.0.0.1" } })
    expect(reports.target).toMatchObject({
      label: "target",
      ok: false,
      reachable: false,
      error: { code: "PGSD_CONNECTION_REFUSED", label: "target" },
    })
    expect(manager.state).toBe("new")
    expect([source.counts.opened, target.counts.failed]).toEqual([1, 1])
    expect(leaks()).toEqual([])
    await manager.closeAll()
  })

  test("uses a separate connection: an exhausted pool does not matter", async () => {
    const { source, manager } = twoFakes({ lazy: true }, { max: 1 })
    const held = await manager.getSourceConnection()
    expect((await manager.verifyConnections()).source.reachable).toBe(true)
    expect(source.counts.opened).toBe(2)
    await held.close()
    await manager.closeAll()
  })

  test("a database that never answers times out after timeoutMs, the other is still reported", async () => {
    const { target, manager, leaks } = twoFakes()
    target.delayConnects(Number.POSITIVE_INFINITY)
    const started = performance.now()
    const reports = await manager.verifyConnections({ timeoutMs: 80 })
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(reports.target).toMatchObject({ reachable: false, error: { code: "PGSD_PREFLIGHT_TIMEOUT", label: "target" } })
    expect(reports.source.reachable).toBe(true)
    expect(leaks()).toEqual([])
    await manager.closeAll()
  })

  test("over a driver with one session it borrows the pool's connection", async () => {
    const one = fakeDriver({ supports: { concurrency: "one" } })
    const manager = createDatabaseManager<"only">({ databases: { only: {} } }, { driver: one, lazy: true })
    const db = await manager.getConnection("only")
    await db.close()
    expect((await manager.verifyConnections()).only).toMatchObject({ reachable: true, label: "only" })
    expect((await manager.verifyConnections()).only.reachable).toBe(true)
    expect(one.counts.opened).toBe(1)
    expect(manager.stats().databases.only.queryTime.count).toBe(0)
    const again = await manager.getConnection("only")
    await again.query("SELECT 1")
    await again.close()
    expect(manager.stats().databases.only.queryTime.count).toBe(1)
    await manager.closeAll()
    expect(one.leaks()).toEqual([])
  })

  test("rejects with the reason of its signal, and for an unknown option", async () => {
    const { manager } = twoFakes()
    await expect(manager.verifyConnections({ signal: AbortSignal.abort("no") })).rejects.toBe("no")
    await expect(manager.verifyConnections({ schema: "app" } as object)).rejects.toMatchObject({ hint: 'did you mean "schemas"?' })
    await manager.closeAll()
  })
})
