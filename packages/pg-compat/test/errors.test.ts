import { createServer } from "node:net"
import pg from "pg"
import { describe, expect, onTestFinished, test } from "vitest"
import { Pool } from "../src/index.ts"
import { scene } from "./support/scene.ts"

/** A port without a listener. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await new Promise((resolve) => server.once("listening", resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: unknown) => error,
  )

describe("errors are pg's own", () => {
  const at = scene()

  test("a wrong password and a missing database: the server's error, at once", async () => {
    const wrong = new Pool({ connectionString: at.server.url({ password: "wrong" }) })
    const refused = await failure(wrong.connect())
    expect(refused).toBeInstanceOf(pg.DatabaseError)
    expect(refused).toMatchObject({
      code: "28P01",
      severity: "FATAL",
      message: expect.stringMatching(/^password authentication failed for user/),
    })
    const missing = await failure(new Pool({ connectionString: at.server.url({ database: "missing" }) }).connect())
    expect(missing).toMatchObject({
      code: "3D000",
      message: 'database "missing" does not exist',
      cause: { code: "PGSD_DATABASE_NOT_FOUND" },
    })
  })

  test("a refused connection is retried for connectionTimeoutMillis, then rejects with the system's error", async () => {
    const pool = new Pool({ host: "127.0.0.1", port: await deadPort(), user: "u", connectionTimeoutMillis: 300 })
    const started = performance.now()
    const error = await failure(pool.connect())
    expect(performance.now() - started).toBeGreaterThan(250)
    expect(error).toMatchObject({ code: "ECONNREFUSED", syscall: "connect" })
    expect(pool.totalCount).toBe(0)
  })

  test("failFast: at once, for a promise and for a callback", async () => {
    const options = { host: "127.0.0.1", port: await deadPort(), user: "u", failFast: true }
    expect(await failure(new Pool(options).query("SELECT 1"))).toMatchObject({ code: "ECONNREFUSED" })
    const [error, client, done] = await new Promise<unknown[]>((resolve) => new Pool(options).connect((...values) => resolve(values)))
    expect([error, client, typeof done]).toEqual([expect.objectContaining({ code: "ECONNREFUSED" }), undefined, "function"])
  })

  test("an unresponsive server: pg's message for a timeout", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1")
    onTestFinished(() => void silent.close())
    await new Promise((resolve) => silent.once("listening", resolve))
    const { port } = silent.address() as { port: number }
    const pool = new Pool({ host: "127.0.0.1", port, user: "u", connectionTimeoutMillis: 100 })
    expect(await failure(pool.connect())).toMatchObject({ message: "Connection terminated due to connection timeout" })
    await pool.end()
  })

  test("a session lost during a query: pg's error for its caller, none for the pool", async () => {
    const pool = at.pool({ max: 1 })
    const received: unknown[] = []
    pool.on("error", (error) => received.push(error))
    const running = failure(pool.query("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)"))
    expect(await running).toMatchObject({ code: "57P01" })
    expect((await pool.query("SELECT 1 AS a")).rows).toEqual([{ a: 1 }])
    expect(received).toEqual([])
  })

  test("by default callers wait in the queue without a limit, and for a server that is down", async () => {
    const pool = at.pool({ max: 1 })
    expect(pool.pgsd.stats().timeouts).toBe(0)
    await at.server.stop()
    const waiting = pool.query("SELECT 1 AS a")
    await at.server.start()
    expect((await waiting).rows).toEqual([{ a: 1 }])
  })
})
