import type { Connection } from "@pgsd/driver"
import { type ConnectionPool, createConnectionPool, type Lease } from "@pgsd/pool"
import { checkSessionSilences, checkSilences, type SilenceBound, type SilenceCheck } from "@pgsd/testing"
import { faultProxy } from "@pgsd/testing/proxy"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { DRIVERS } from "../support/drivers.ts"

// K2, through a pool; the conformance suite has the same law for sessions without one.

const BOUND_MS = 150
/** The limits of the pool's own statements are a multiple of BOUND_MS; anything slower hangs. */
const GENEROUS_MS = 10_000

// The limits of the calls are the law's; the pool's own are tested at every step, the calls' fully with PGSD_TEST_FULL.
const BOUNDS: readonly SilenceBound[] = process.env.PGSD_TEST_FULL === undefined ? ["none"] : ["none", "signal", "timeoutMs"]

let server: PostgresServer

beforeAll(async () => {
  server = await postgresServer()
  await server.sql("CREATE TABLE silent (n int4)")
})

afterAll(() => server.close())

function poolOf(open: () => Promise<Connection>): ConnectionPool {
  const limits = { resetTimeoutMs: 300, cancelTimeoutMs: 300, closeTimeoutMs: 300, commitTimeoutMs: BOUND_MS }
  return createConnectionPool({ open, max: 1, ...limits, queryTimeoutMs: 2_000 })
}

describe.each(DRIVERS)("$name", ({ load }) => {
  /** A lease of a pool with one connection. */
  async function leases(): Promise<Omit<SilenceCheck<Lease>, "calls">> {
    const driver = await load()
    return {
      target: server.target(),
      bounds: BOUNDS,
      boundMs: GENEROUS_MS,
      async open(target, watched) {
        const pool = poolOf(async () => watched(await driver.connect(target)))
        const subject = await pool.acquire()
        const end = async () => {
          subject.destroy()
          await pool.close()
        }
        return { subject, end }
      },
    }
  }

  it("everything that a lease sends is bounded at every step", async () => {
    await checkSessionSilences(await leases())
  })

  it("a COMMIT without a timeout of its call has the pool's commitTimeoutMs", async () => {
    const writer = "INSERT INTO silent VALUES (1) RETURNING n"
    await checkSilences({
      ...(await leases()),
      calls: {
        maxRows: (lease, limits) => lease.query(writer, [], { ...limits, maxRows: 5 }),
        stream: async (lease, limits) => {
          for await (const _ of lease.stream(writer, [], limits)) void _
        },
      },
    })
  })

  it("the pool's own calls are bounded: health check, reset, close", async () => {
    const driver = await load()
    await using proxy = await faultProxy({ host: server.host, port: server.port })
    const pool = createConnectionPool({
      driver,
      connection: server.connection({ host: proxy.host, port: proxy.port }),
      reset: "session",
      validateTimeoutMs: BOUND_MS,
      resetTimeoutMs: BOUND_MS,
      connectTimeoutMs: BOUND_MS * 12,
      acquireTimeoutMs: BOUND_MS * 24,
    })
    const began = performance.now()
    const [idle, leased] = await Promise.all([pool.acquire(), pool.acquire()])
    idle.release()
    await pool.query("SELECT 1")
    proxy.blackholeOpen()
    proxy.blackholeNew()
    leased.release()
    expect(await pool.healthCheck()).toMatchObject({ healthy: false })
    await pool.close({ timeoutMs: BOUND_MS })
    expect(performance.now() - began).toBeLessThan(GENEROUS_MS)
    expect(pool.stats().total).toBe(0)
  })
})
