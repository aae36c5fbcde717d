import type { DatabaseManager } from "@pgsd/manager"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { DRIVERS, type SocketName, type TwoServers, twoServers } from "./support/two-servers.ts"

let servers: TwoServers
beforeAll(async () => {
  servers = await twoServers()
})
afterAll(() => servers[Symbol.asyncDispose]())

describe.each(Object.keys(DRIVERS) as SocketName[])("two pools, one fault, over %s", (name) => {
  let manager: DatabaseManager
  beforeEach(() => {
    manager = servers.manager(
      { source: DRIVERS[name](), target: DRIVERS[name]() },
      { max: 3, acquireTimeoutMs: 2_000, queryTimeoutMs: 1_800, cancelTimeoutMs: 500, validateTimeoutMs: 500 },
    )
  })
  afterEach(async () => {
    await manager.closeAll()
    await Promise.all([servers.source.proxy.pass(), servers.target.proxy.pass()])
  })

  const ask = async (side: "source" | "target"): Promise<number> => {
    const started = performance.now()
    const db = await manager.getConnection(side)
    try {
      await db.one("SELECT 1 AS n")
    } finally {
      await db.close()
    }
    return performance.now() - started
  }
  /** Both sides queried repeatedly at the same time: the outcomes, as codes or "ok", and the fastest success. */
  const traffic = async (rounds: number) => {
    const sides = { source: new Set<string>(), target: new Set<string>() }
    const quickest = { source: Number.POSITIVE_INFINITY, target: Number.POSITIVE_INFINITY }
    await Promise.all(
      (["source", "target"] as const).flatMap((side) =>
        Array.from({ length: 3 }, async () => {
          for (let round = 0; round < rounds; round++) {
            try {
              quickest[side] = Math.min(quickest[side], await ask(side))
              sides[side].add("ok")
            } catch (error) {
              const { code, label } = error as { code: string; label: string }
              sides[side].add(`${label} ${code}`)
            }
          }
        }),
      ),
    )
    return { sides: { source: [...sides.source], target: [...sides.target] }, quickest }
  }

  test("the source is down: the target is unaffected", async () => {
    await ask("source")
    await ask("target")
    await servers.source.proxy.refuse()
    servers.source.proxy.cut()
    const { sides, quickest } = await traffic(3)
    expect(sides.target).toEqual(["ok"])
    expect(quickest.target).toBeLessThan(1_000)
    expect(sides.source.every((each) => /^source PGSD_(ACQUIRE_TIMEOUT|CONNECTION_LOST|CONNECTION_REFUSED)$/.test(each))).toBe(true)
    expect(sides.source).not.toContain("ok")
  })

  test("the source is unresponsive: its callers time out, the target's callers are served", async () => {
    await ask("source")
    servers.source.proxy.blackholeOpen()
    servers.source.proxy.blackholeNew()
    const { sides, quickest } = await traffic(2)
    expect(sides.target).toEqual(["ok"])
    expect(quickest.target).toBeLessThan(1_000)
    expect(sides.source.length).toBeGreaterThan(0)
    for (const each of sides.source) expect(each).toMatch(/^source PGSD_(ACQUIRE_TIMEOUT|QUERY_TIMEOUT|CONNECTION_LOST|CONNECT_TIMEOUT)$/)
  })

  test("both are down: each error names its own side", async () => {
    for (const side of ["source", "target"] as const) await servers[side].proxy.refuse()
    const { sides } = await traffic(1)
    for (const side of ["source", "target"] as const) {
      expect(sides[side].length).toBeGreaterThan(0)
      for (const each of sides[side]) expect(each).toMatch(new RegExp(`^${side} PGSD_`))
    }
    await expect(manager.initialize()).rejects.toMatchObject({
      code: "PGSD_INITIALIZE_FAILED",
      errors: [{ label: "source" }, { label: "target" }],
    })
  })

  test("the source is slow: the target is not", async () => {
    servers.source.proxy.latency(150)
    await ask("source").catch(() => {})
    await ask("target")
    const { sides, quickest } = await traffic(2)
    expect(sides).toEqual({ source: ["ok"], target: ["ok"] })
    expect(quickest.source).toBeGreaterThan(140)
    expect(quickest.target).toBeLessThan(140)
  })

  test("a side that was down recovers by itself", async () => {
    await ask("source")
    await servers.source.proxy.refuse()
    servers.source.proxy.cut()
    await expect(ask("source")).rejects.toMatchObject({ label: "source" })
    await servers.source.proxy.listen()
    await expect
      .poll(
        () =>
          ask("source").then(
            () => "ok",
            (error: { code: string }) => error.code,
          ),
        { timeout: 5_000 },
      )
      .toBe("ok")
  })

  test("verifyConnections reports which side is down, in the time of the slower one", async () => {
    await servers.source.proxy.refuse()
    const started = performance.now()
    const reports = await manager.verifyConnections()
    expect(performance.now() - started).toBeLessThan(12_000)
    expect(reports.source).toMatchObject({ ok: false, reachable: false, error: { label: "source", code: "PGSD_CONNECTION_REFUSED" } })
    expect(reports.target).toMatchObject({ ok: true, reachable: true, version: { major: servers.target.server.version } })
  })

  test("closeAll settles while one side is unresponsive, and nothing stays open", async () => {
    await ask("source")
    await ask("target")
    const held = await manager.getSourceConnection()
    servers.source.proxy.blackholeOpen()
    const started = performance.now()
    await manager.closeAll({ timeoutMs: 300 })
    expect(performance.now() - started).toBeLessThan(8_000)
    await held.close()
    await expect.poll(() => servers.target.proxy.connections).toBe(0)
    expect(manager.state).toBe("closed")
  })
})
