import type { LookupFunction } from "node:net"
import { toConnectionConfig } from "@pgsd/driver"
import { faultProxy, unansweredHost } from "@pgsd/testing/proxy"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { type ConnectionPool, createConnectionPool, type OpeningOptions } from "../../src/index.ts"
import { DRIVERS } from "../support/scene.ts"

/** Connections per session: the server has no TLS, and sslmode=prefer asks for it first. */
const SOCKETS = 2

let server: PostgresServer

beforeAll(async () => {
  server = await postgresServer()
})

afterAll(() => server.close())

/** A proxy in front of the server that counts connections. */
async function livingHost() {
  const proxy = await faultProxy(server)
  onTestFinished(() => proxy.close())
  return proxy
}

/** Accepts and never answers. */
async function silentHost() {
  const proxy = await livingHost()
  proxy.blackholeNew()
  return proxy
}

/** Leaves SYN unanswered. */
async function unanswered(options?: { readonly host?: string; readonly port?: number }) {
  const host = await unansweredHost(options)
  onTestFinished(() => host.close())
  return host
}

describe.each(DRIVERS)("%s", (_name, driver) => {
  const poolOf = (hosts: readonly { readonly name?: string; readonly port: number }[], opening?: OpeningOptions): ConnectionPool => {
    const { host, port, user, password, database } = server
    const connection = {
      ...toConnectionConfig({ host, port, user, password, database }),
      hosts: hosts.map(({ name = "127.0.0.1", port }) => ({ kind: "tcp" as const, name, port })),
    }
    const pool = createConnectionPool({ driver, connection, ...(opening !== undefined && { opening }) })
    onTestFinished(() => pool.close())
    return pool
  }

  describe.concurrent("three hosts, all defaults", () => {
    test.each([
      ["accepts and is silent", silentHost],
      ["leaves SYN unanswered", unanswered],
    ] as const)("the first %s: the first caller is served before its deadline, the second within a second", async (_kind, deadHost) => {
      const dead = await deadHost()
      const living = await livingHost()
      const spare = await livingHost()
      const pool = poolOf([dead, living, spare])
      const began = performance.now()
      await pool.query("SELECT 1")
      expect(performance.now() - began).toBeLessThan(9_000)
      const again = performance.now()
      const leases = await Promise.all([pool.acquire(), pool.acquire()])
      expect(performance.now() - again).toBeLessThan(1_000)
      // Known to be unresponsive: tried last.
      expect([living.accepted, spare.accepted]).toEqual([2 * SOCKETS, 0])
      if ("accepted" in dead) expect(dead.accepted).toBe(1)
      for (const lease of leases) lease.release()
    })
  })

  test("an IPv6 address that leaves SYN unanswered beside IPv4: the first caller is served within 400 ms, the next at once", async () => {
    const living = await livingHost()
    await unanswered({ host: "::1", port: living.port })
    const lookup = ((_name: string, _options: unknown, callback: (error: null, found: unknown) => void) =>
      callback(null, [
        { address: "::1", family: 6 },
        { address: "127.0.0.1", family: 4 },
      ])) as unknown as LookupFunction
    const times: number[] = []
    // On a busy machine one attempt may be delayed; unresponsive hosts are remembered per pool.
    for (let round = 0; round < 4 && !(Math.min(...times) < 400); round++) {
      const pool = poolOf([{ name: "db.test", port: living.port }], { lookup })
      const before = living.accepted
      const began = performance.now()
      const first = await pool.acquire()
      times.push(performance.now() - began)
      const second = await pool.acquire()
      expect([first.info.address, second.info.address]).toEqual(["127.0.0.1", "127.0.0.1"])
      expect(living.accepted - before).toBe(2 * SOCKETS)
      first.release()
      second.release()
    }
    expect(Math.min(...times)).toBeLessThan(400)
  })
})
