import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { ManagerChannels } from "@pgsd/manager"
import { describe, expect, test } from "vitest"
import { twoFakes } from "./support/two-fakes.ts"

describe("stats", () => {
  test("are zero at first", () => {
    const { manager } = twoFakes()
    const nothing = { count: 0, errors: 0, totalMs: 0, maxMs: 0 }
    const empty = { active: 0, idle: 0, waiting: 0, connectTime: nothing, queryTime: nothing, errorRate: 0 }
    expect(manager.stats()).toEqual({ state: "new", databases: { source: empty, target: empty } })
  })

  test("count connections and queries with their time and their failures, per database", async () => {
    const { source, manager } = twoFakes()
    source.answer("SELECT slow", { delayMs: 20 })
    source.answer("SELECT wrong", { error: { sqlState: "42601" } })
    await manager.initialize()
    const db = await manager.getSourceConnection()
    await db.query("SELECT slow")
    await db.query("SELECT wrong").catch(() => {})
    await db.query("SELECT 1", undefined, { signal: AbortSignal.abort(new Error("mine")) }).catch(() => {})
    const { source: left, target: right } = manager.stats().databases
    expect(left.connectTime).toMatchObject({ count: 1, errors: 0 })
    expect(left.queryTime).toMatchObject({ count: 2, errors: 1 })
    expect(left.queryTime.maxMs).toBeGreaterThan(15)
    expect(left.queryTime.totalMs).toBeGreaterThanOrEqual(left.queryTime.maxMs)
    expect(left.errorRate).toBe(1 / 3)
    expect(left.pool).toMatchObject({ leased: 1, idle: 0, created: 1 })
    expect(right).toMatchObject({ queryTime: { count: 0 }, errorRate: 0, idle: 1 })
    await db.close()
    await manager.closeAll()
  })

  test("count no failure when an aborted transaction stopped its own statements", async () => {
    const { source, manager } = twoFakes()
    source.answer("SELECT slow", { delayMs: Number.POSITIVE_INFINITY })
    await manager.initialize()
    await using db = await manager.getSourceConnection()
    const given = db.transaction(async (tx) => {
      void tx.query("SELECT slow")
      throw new Error("given up")
    })
    await expect(given).rejects.toThrow("given up")
    expect(manager.stats().databases.source).toMatchObject({ queryTime: { count: 3, errors: 0 }, errorRate: 0 })
    await db.close()
    await manager.closeAll()
  })

  test("count failed connection attempts", async () => {
    const { source, manager } = twoFakes()
    source.failConnects({ systemCode: "ECONNREFUSED" }, { times: 2 })
    await manager.initialize()
    expect(manager.stats().databases.source).toMatchObject({ connectTime: { count: 3, errors: 2 }, errorRate: 2 / 3 })
    await manager.closeAll()
  })
})

describe("a caller that aborts while a connection is opened", () => {
  test("is neither counted nor published as a failure, nor is one that the end of the manager aborts", async () => {
    const published: unknown[] = []
    const listener = (event: unknown) => void published.push(event)
    subscribe("pgsd:manager:connect-error", listener)
    try {
      const { source, target, manager } = twoFakes()
      target.delayConnects(Number.POSITIVE_INFINITY)
      const stop = new AbortController()
      const initializing = manager.initialize({ signal: stop.signal })
      await expect.poll(() => [source.counts.opened, target.counts.connecting]).toEqual([1, 1])
      stop.abort(new Error("changed my mind"))
      await expect(initializing).rejects.toThrow("changed my mind")
      expect(manager.stats().databases.target).toMatchObject({ connectTime: { count: 0, errors: 0 }, errorRate: 0 })
      await manager.closeAll()
      const lazy = twoFakes({ lazy: true })
      lazy.target.delayConnects(Number.POSITIVE_INFINITY)
      const waiting = lazy.manager.getTargetConnection().catch(({ code }) => code)
      await expect.poll(() => lazy.target.counts.connecting).toBe(1)
      await lazy.manager.closeAll({ timeoutMs: 1 })
      expect(await waiting).toBe("PGSD_POOL_CLOSED")
      expect(lazy.leaks()).toEqual([])
      expect(published).toEqual([])
    } finally {
      unsubscribe("pgsd:manager:connect-error", listener)
    }
  })
})

describe("the diagnostics channels", () => {
  test("report the life of a manager with all log fields, and no password", async () => {
    const events: [channel: string, event: unknown][] = []
    const listener = (event: unknown, name: string | symbol) => events.push([String(name).replace("pgsd:manager:", ""), event])
    const names: (keyof ManagerChannels)[] = [
      "pgsd:manager:connect",
      "pgsd:manager:connect-error",
      "pgsd:manager:retry",
      "pgsd:manager:state",
      "pgsd:manager:verify",
    ]
    for (const name of names) subscribe(name, listener)
    try {
      const { source, manager } = twoFakes()
      source.failConnects({ systemCode: "ECONNREFUSED" }, { times: 1 })
      await manager.initialize()
      await manager.verifyConnections()
      await manager.closeAll()
    } finally {
      for (const name of names) unsubscribe(name, listener)
    }
    const of = (channel: string) => events.filter(([name]) => name === channel).map(([, event]) => event)
    expect(of("state")).toEqual([
      { before: "new", state: "initializing" },
      { before: "initializing", state: "ready" },
      { before: "ready", state: "closing" },
      { before: "closing", state: "closed" },
    ])
    expect(of("connect")).toHaveLength(4)
    expect(of("connect")).toContainEqual({
      name: "source",
      driver: "left",
      host: "10.0.0.1",
      port: 5432,
      database: "app",
      user: "reader",
      sslMode: "disable",
      encrypted: false,
      connectionTimeMs: expect.any(Number),
    })
    expect(of("connect-error")).toMatchObject([{ name: "source", driver: "left", error: { code: "PGSD_CONNECTION_REFUSED" } }])
    expect(of("retry")).toMatchObject([{ name: "source", attempt: 1, delayMs: expect.any(Number) }])
    expect(of("verify")).toMatchObject([{ reachable: true }, { reachable: true }])
    expect(JSON.stringify(events)).not.toContain("s3cret-word")
  })
})
