import { once } from "node:events"
import { createServer, type Server } from "node:net"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { type ConnectionInput, type ConnectionPool, createConnectionPool } from "../../src/index.ts"
import { DRIVERS } from "../support/scene.ts"

let server: PostgresServer

beforeAll(async () => {
  server = await postgresServer()
})

afterAll(() => server.close())

/** Accepts and never answers; counts connections. */
async function silentHost(): Promise<{ readonly port: number; readonly visitors: () => number }> {
  let visitors = 0
  const listener: Server = createServer((socket) => {
    visitors++
    socket.on("error", () => {})
    onTestFinished(() => void socket.destroy())
  })
  listener.listen(0, "127.0.0.1")
  await once(listener, "listening")
  onTestFinished(() => void listener.close())
  return { port: (listener.address() as { port: number }).port, visitors: () => visitors }
}

const literal = () => {
  const { host, port, user, password, database } = server
  return { host, port, user, password, database }
}

/** A host list's configuration, built from a literal's. */
async function listOf(ports: readonly number[]) {
  const { toConnectionConfig } = await import("@pgsd/driver")
  return { ...toConnectionConfig(literal()), hosts: ports.map((port) => ({ kind: "tcp" as const, name: "127.0.0.1", port })) }
}

describe.each(DRIVERS)("%s", (_name, driver) => {
  const poolOf = (connection: ConnectionInput, settings = {}): ConnectionPool => {
    const pool = createConnectionPool({ driver, connection, ...settings })
    onTestFinished(() => pool.close())
    return pool
  }

  test("a literal, a promise of one, and a function connect as specified", async () => {
    for (const connection of [literal(), Promise.resolve(literal()), literal, async () => literal()])
      expect(await poolOf(connection).one("SELECT current_database() AS d")).toEqual({ d: server.database })
    expect(poolOf(literal()).label).toBe(`127.0.0.1:${server.port}/${server.database}`)
    expect(poolOf(async () => literal()).label).toBe("database")
  })

  test("a literal is checked at once; anything else is refused", () => {
    expect(() => poolOf({ ...literal(), port: 0 })).toThrow(expect.objectContaining({ code: "PGSD_INVALID_TARGET" }))
    expect(() => poolOf("postgresql://h/d" as never)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("resolveConnection") }),
    )
    expect(() => createConnectionPool({ driver, connection: literal(), open: () => driver.connect() } as never)).toThrow(
      "mutually exclusive",
    )
  })

  test("callers get a rejection, which is never unhandled; a function is called again", async () => {
    const rejected = poolOf(Promise.reject(new Error("no settings")))
    await new Promise((resolve) => setImmediate(resolve))
    await expect(rejected.query("SELECT 1")).rejects.toMatchObject({ message: expect.stringContaining("no settings"), label: "database" })
    let calls = 0
    const late = poolOf(() => {
      if (++calls === 1) throw new Error("not yet")
      return literal()
    })
    await expect(late.query("SELECT 1")).rejects.toThrow("not yet")
    await expect
      .poll(() =>
        late.query("SELECT 1").then(
          () => "served",
          () => "refused",
        ),
      )
      .toBe("served")
    expect(calls).toBe(2)
  })

  test("when all hosts are down one error names every attempt", async () => {
    const silent = await silentHost()
    const pool = poolOf(await listOf([silent.port, 1]), { acquireTimeoutMs: 2_000 })
    await expect(pool.query("SELECT 1")).rejects.toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT" })
    const { error } = await pool.healthCheck()
    expect(error?.message).toMatch(new RegExp(`127.0.0.1:${silent.port}[\\s\\S]*127.0.0.1:1\\b`))
  })
})
