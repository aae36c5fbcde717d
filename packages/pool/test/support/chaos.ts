import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import type { Driver } from "@pgsd/driver"
import { seededRandom } from "@pgsd/testing"
import { faultProxy } from "@pgsd/testing/proxy"
import type { PostgresServer } from "@pgsd/testing/server"
import { createConnectionPool } from "../../src/index.ts"
import { FAULTS, MAX } from "./chaos-faults.ts"
import { Tokens } from "./chaos-tokens.ts"
import { eventually, openResources, pause } from "./scene.ts"

interface ChaosOptions {
  readonly driver: Driver
  readonly server: PostgresServer
  readonly seed: number
  readonly durationMs: number
  readonly workers?: number
  readonly onMinute?: (report: ChaosReport) => void
}

export interface ChaosReport {
  readonly seed: number
  readonly faults: Readonly<Record<string, number>>
  readonly succeeded: number
  /** By code: the errors that a fault may cause. */
  readonly failed: Readonly<Record<string, number>>
  /** Violations, as text; expected to be empty. */
  readonly violations: readonly string[]
  /** Heap after a collection, one figure a minute, without the test's own records. */
  readonly heapMb: readonly number[]
  /** Least squares over `heapMb`, without the first, during which code is still being compiled. */
  readonly heapSlopeMbPerMinute: number
}

/** Errors that a fault of the network or server may cause; any other is a violation. */
const EXPECTED = new Set([
  "PGSD_ACQUIRE_TIMEOUT",
  "PGSD_COMMIT_UNKNOWN",
  "PGSD_CONNECTION_CLOSED",
  "PGSD_CONNECTION_LOST",
  "PGSD_QUERY_TIMEOUT",
  "aborted by the chaos",
  "rolled back by the chaos",
])

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

const RESOURCES = ["TCPSocketWrap", "PipeWrap", "Timeout", "GetAddrInfoReqWrap"]

function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let [rise, run] = [0, 0]
  for (const [minute, value] of values.entries()) {
    rise += (minute - middle) * (value - mean)
    run += (minute - middle) ** 2
  }
  return run === 0 ? 0 : Math.round((rise / run) * 1_000) / 1_000
}

/** Random faults between a pool and a real server, with callers of every kind. The seed decides which fault comes when. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { driver, server, seed, durationMs, workers = 12 } = options
  const roll = seededRandom(seed).next
  const proxy = await faultProxy({ host: server.host, port: server.port })
  const name = `chaos-${driver.name}-${process.pid}-${seed}`
  const violations: string[] = []
  const failed: Record<string, number> = {}
  const faults: Record<string, number> = {}
  const heapMb: number[] = []
  const tokens = new Tokens()
  const resources = openResources(RESOURCES)
  let succeeded = 0
  let running = true
  await server.sql("CREATE TABLE IF NOT EXISTS chaos (run text, token int, PRIMARY KEY (run, token))")
  const pool = createConnectionPool({
    driver,
    label: name,
    connection: server.connection({ applicationName: name, host: proxy.host, port: proxy.port }),
    max: MAX,
    acquireTimeoutMs: 3_000,
    connectTimeoutMs: 800,
    queryTimeoutMs: 1_500,
    validateAfterMs: 100,
    validateTimeoutMs: 400,
    resetTimeoutMs: 400,
    cancelTimeoutMs: 400,
    healthCheckIntervalMs: 1_000,
    idleTimeoutMs: 2_000,
    maxLifetimeMs: 5_000,
  })

  const report = (): ChaosReport => ({ seed, faults, succeeded, failed, violations, heapMb, heapSlopeMbPerMinute: slope(heapMb.slice(1)) })

  const calls: readonly (() => Promise<unknown>)[] = [
    () => pool.query("SELECT $1::int AS n", [7]).then(({ rows }) => rows[0]?.n === 7 || violations.push("an answer was another query's")),
    async () => {
      const token = tokens.next("may be there")
      await pool.query("INSERT INTO chaos VALUES ($1, $2)", [name, token])
      tokens.acknowledged(token)
    },
    async () => {
      const token = tokens.next("may be there")
      await pool.transaction((lease) => lease.query("INSERT INTO chaos VALUES ($1, $2)", [name, token]))
      tokens.acknowledged(token)
    },
    () =>
      pool.transaction(async (lease) => {
        await lease.query("INSERT INTO chaos VALUES ($1, $2)", [name, tokens.next("must not be there")])
        throw new Error("rolled back by the chaos")
      }),
    async () => {
      const control = new AbortController()
      const timer = setTimeout(() => control.abort(new Error("aborted by the chaos")), 1 + Math.floor(roll() * 60))
      try {
        await pool.query("SELECT pg_sleep(0.05)", [], { signal: control.signal })
      } finally {
        clearTimeout(timer)
      }
    },
    async () => {
      const lease = await pool.acquire()
      if (lease.status !== "idle" && lease.status !== "closed") violations.push(`a connection was lent while ${lease.status}`)
      try {
        await lease.query("BEGIN")
        await lease.query("INSERT INTO chaos VALUES ($1, $2)", [name, tokens.next("must not be there")])
      } finally {
        // Left open: the pool rolls it back.
        lease.release()
      }
      await lease.query("SELECT 1").then(
        () => violations.push("a lease that was given back ran a query"),
        () => {},
      )
    },
    async () => {
      const lease = await pool.acquire({ acquireTimeoutMs: 50 })
      lease.destroy()
    },
    () => pool.healthCheck(),
  ]

  async function worker(): Promise<void> {
    while (running) {
      const call = calls[Math.floor(roll() * calls.length)]!
      let done = false
      const overdue = setTimeout(() => done || violations.push(`a call did not settle within 15 s: ${call}`), 15_000)
      try {
        await call()
        succeeded++
      } catch (error) {
        const code = (error as { code?: string }).code ?? (error as Error).message
        failed[code] = (failed[code] ?? 0) + 1
        if (!EXPECTED.has(code)) violations.push(`a call failed with ${code}: ${(error as Error).message}`)
        await pause(1)
      } finally {
        done = true
        clearTimeout(overdue)
      }
      const { total, idle, leased, connecting, checking, resetting, closing } = pool.stats()
      if (total > MAX || total !== idle + leased + connecting + checking + resetting + closing) violations.push(`total ${total} is wrong`)
    }
  }

  const all = Promise.all(Array.from({ length: workers }, worker))
  const end = performance.now() + durationMs
  let minute = performance.now() + 60_000
  while (performance.now() < end) {
    const fault = FAULTS[Math.floor(roll() * FAULTS.length)]!
    faults[fault.name] = (faults[fault.name] ?? 0) + 1
    await fault(proxy, server, pool, name)
    await pause(50 + roll() * 400)
    await proxy.pass()
    pool.resume()
    await pause(roll() * 300)
    if (performance.now() < minute) continue
    minute += 60_000
    collectGarbage()
    heapMb.push(Math.round(process.memoryUsage().heapUsed / 10_486) / 100)
    options.onMinute?.(report())
  }
  running = false
  await all
  pool.resize({ max: MAX })
  await pool
    .query("SELECT 1", [], { acquireTimeoutMs: 10_000 })
    .catch((error: Error) => violations.push(`the pool did not recover: ${error.message}`))
  const backends = async () =>
    Number((await server.sql(`SELECT count(*)::text AS n FROM pg_stat_activity WHERE application_name = '${name}'`))[0]!.n)
  await eventually(
    async () => (await backends()) - pool.stats().total,
    (n) => n === 0,
    "the server counts what the pool counts",
    10_000,
  ).catch((error: Error) => violations.push(error.message))
  await pool.close()
  await proxy.close()
  await eventually(backends, (n) => n === 0, "every session has ended", 10_000).catch((error: Error) => violations.push(error.message))
  await eventually(
    () => openResources(RESOURCES) - resources,
    (n) => n <= 0,
    "every socket and timer has ended",
  ).catch((error: Error) => violations.push(error.message))
  const stored = await server.sql(`SELECT token::text FROM chaos WHERE run = '${name}'`)
  violations.push(...tokens.violations(stored.map((row) => Number(row.token))))
  return report()
}
