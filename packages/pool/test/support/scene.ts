import type { ConnectionLiteral, Driver, PgsdError } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { postgresDriver } from "@pgsd/driver-postgres"
import { wireDriver } from "@pgsd/driver-wire"
import { type FaultProxy, faultProxy } from "@pgsd/testing/proxy"
import type { PostgresServer } from "@pgsd/testing/server"
import { onTestFinished } from "vitest"
import { type ConnectionPool, createConnectionPool, type OpeningOptions, type PoolSettings } from "../../src/index.ts"

/** The drivers with a network: every scenario runs over each. */
export const DRIVERS: readonly (readonly [string, Driver])[] = [
  ["pg", pgDriver()],
  ["postgres", postgresDriver()],
  ["wire", wireDriver()],
]

let scenes = 0

/** A pool over a real server, with its own application name; at the end nothing may be left on either side. */
interface Scene {
  readonly pool: ConnectionPool
  /** The background errors that the pool reported. */
  readonly errors: PgsdError[]
  /** Its sessions, as counted by the server. */
  backends(): Promise<number>
  terminate(where?: string): Promise<number>
}

interface SceneOptions extends PoolSettings {
  readonly connection?: Partial<ConnectionLiteral> | undefined
  readonly opening?: OpeningOptions | undefined
  /** Connects through it. */
  readonly proxy?: FaultProxy | undefined
}

/** Timeouts are short unless the scenario says otherwise; max is 2. */
export function scene(driver: Driver, server: PostgresServer, options: SceneOptions = {}): Scene {
  const { connection = {}, proxy, ...settings } = options
  const name = `scene-${process.pid}-${++scenes}`
  const errors: PgsdError[] = []
  const before = sockets()
  const through = proxy === undefined ? {} : { host: proxy.host, port: proxy.port }
  const pool = createConnectionPool({
    driver,
    connection: server.connection({ applicationName: name, ...through, ...connection }),
    label: name,
    max: 2,
    acquireTimeoutMs: 5_000,
    connectTimeoutMs: 2_000,
    validateTimeoutMs: 500,
    resetTimeoutMs: 500,
    cancelTimeoutMs: 500,
    closeTimeoutMs: 1_000,
    onError: (error) => errors.push(error),
    ...settings,
  })
  const backends = async () => {
    const [row] = await server.sql(`SELECT count(*)::text AS n FROM pg_stat_activity WHERE application_name = '${name}'`)
    return Number(row!.n)
  }
  onTestFinished(async () => {
    await pool.close()
    await proxy?.pass()
    // From outside, not from the pool's own numbers.
    await eventually(backends, (n) => n === 0, "every session of the pool has ended")
    await eventually(sockets, (n) => n <= before, "every socket is closed")
  })
  return {
    pool,
    errors,
    backends,
    async terminate(where = "true") {
      const rows = await server.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${name}' AND ${where}`,
      )
      return rows.length
    },
  }
}

/** A proxy in front of the server, closed with the test. */
export async function proxyFor(server: PostgresServer): Promise<FaultProxy> {
  const proxy = await faultProxy({ host: server.host, port: server.port })
  onTestFinished(() => proxy.close())
  return proxy
}

function sockets(): number {
  return openResources(["TCPSocketWrap", "PipeWrap"])
}

/** As counted by the process, not by the pool. */
export function openResources(kinds: readonly string[]): number {
  return process.getActiveResourcesInfo().filter((each) => kinds.includes(each)).length
}

/** Polls until it holds; fails with the last result after `withinMs`. */
export async function eventually<T>(ask: () => T | Promise<T>, holds: (value: T) => boolean, what: string, withinMs = 5_000): Promise<T> {
  const end = performance.now() + withinMs
  for (;;) {
    const value = await ask()
    if (holds(value)) return value
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}; last: ${JSON.stringify(value)}`)
    await pause(10)
  }
}

/** Real time, where a scenario is about it. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export async function timed<T>(work: Promise<T>): Promise<{ readonly ms: number; readonly value?: T; readonly error?: unknown }> {
  const started = performance.now()
  try {
    return { value: await work, ms: performance.now() - started }
  } catch (error) {
    return { error, ms: performance.now() - started }
  }
}

/** Workers that query in a loop until stopped; failures are kept. */
export function load(pool: ConnectionPool, workers: number, sql = "SELECT 1") {
  const failures: unknown[] = []
  let succeeded = 0
  let running = true
  const work = async () => {
    while (running) {
      try {
        await pool.query(sql)
        succeeded++
      } catch (error) {
        failures.push(error)
      }
    }
  }
  const all = Promise.all(Array.from({ length: workers }, work))
  return {
    failures,
    get succeeded() {
      return succeeded
    },
    async stop() {
      running = false
      await all
    },
  }
}
