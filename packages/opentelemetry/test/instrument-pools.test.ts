import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { BasicTracerProvider, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import type { Driver } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { pgliteDriver } from "@pgsd/driver-pglite"
import { postgresDriver } from "@pgsd/driver-postgres"
import { wireDriver } from "@pgsd/driver-wire"
import { instrumentPools } from "@pgsd/opentelemetry"
import { type ConnectionPool, createConnectionPool } from "@pgsd/pool"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"

const DRIVERS: Readonly<Record<string, () => Driver>> = {
  pg: () => pgDriver(),
  "postgres.js": () => postgresDriver(),
  wire: () => wireDriver(),
  PGlite: () => pgliteDriver(),
}
const OPERATIONS = process.env.PGSD_TEST_FULL === "1" ? 1_000 : 200
const DEPTH = 32

let server: PostgresServer
beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  server = await postgresServer()
})
afterAll(async () => {
  context.disable()
  await server?.close()
})

function instrumented(options: Parameters<typeof instrumentPools>[0] = {}) {
  const exporter = new InMemorySpanExporter()
  let started = 0
  const counter = { onStart: () => void started++, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} }
  const tracer = new BasicTracerProvider({ spanProcessors: [counter, new SimpleSpanProcessor(exporter)] }).getTracer("test")
  const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3_600_000 })
  const meters = new MeterProvider({ readers: [reader] })
  const stop = instrumentPools({ tracer, meter: meters.getMeter("test"), ...options })
  onTestFinished(async () => {
    stop()
    await meters.shutdown()
  })
  async function points(name: string) {
    measured.reset()
    await reader.forceFlush()
    const metrics = measured.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    return metrics.filter(({ descriptor }) => descriptor.name === name).flatMap(({ dataPoints }) => [...dataPoints])
  }
  return {
    tracer,
    spans: () => exporter.getFinishedSpans(),
    started: () => started,
    points,
    /** The sum of a metric: of its values, or of the counts of a histogram. */
    async sum(name: string): Promise<number> {
      const found = await points(name)
      return found.reduce((sum, { value }) => sum + (typeof value === "number" ? value : (value as { count: number }).count), 0)
    },
  }
}

const parentOf = (span: ReadableSpan) => span.parentSpanContext?.spanId
const idOf = (span: ReadableSpan) => span.spanContext().spanId

describe.each(Object.keys(DRIVERS))("over %s", (name) => {
  test(`${OPERATIONS} mixed operations, ${DEPTH} at a time: every span ends, every parent is correct, the sums equal those of stats()`, {
    timeout: 120_000,
  }, async () => {
    const { tracer, spans, started, sum } = instrumented()
    const driver = DRIVERS[name]!()
    const connection = driver.supports.network ? server.connection() : undefined
    const limits = { acquireTimeoutMs: 60_000, connectTimeoutMs: 60_000 }
    const pool = createConnectionPool({
      driver,
      connection,
      max: 4,
      pipelineDepth: driver.supports.pipeline ? 8 : 1,
      ...limits,
    })
    await pool.query("CREATE TEMP TABLE IF NOT EXISTS t (n int)")
    let next = 0
    const worker = async () => {
      for (let n = next++; n < OPERATIONS; n = next++) {
        const span = tracer.startSpan(`operation ${n}`)
        await context.with(trace.setSpan(context.active(), span), () => operation(pool, n))
        span.end()
      }
    }
    await Promise.all(Array.from({ length: DEPTH }, worker))
    await expect.poll(() => spans().length).toBe(started())

    const byId = new Map(spans().map((span) => [idOf(span), span]))
    const wrong = spans().filter((span) => {
      const n = /op (\d+)/.exec(String(span.attributes["db.query.text"] ?? ""))?.[1]
      if (n === undefined) return false
      const parent = byId.get(parentOf(span)!)
      const owner = parent?.name.startsWith("TRANSACTION") ? byId.get(parentOf(parent)!) : parent
      return owner?.name !== `operation ${n}`
    })
    expect(wrong.map(({ name: each }) => each)).toEqual([])
    expect(spans().filter((span) => /op \d+/.test(String(span.attributes["db.query.text"] ?? ""))).length).toBe(OPERATIONS)

    const statements = spans().filter((span) => span.attributes["db.query.summary"] !== undefined)
    const place = { "server.address": connection?.host, "server.port": connection?.port, "network.peer.port": connection?.port }
    for (const span of connection === undefined ? [] : statements) expect(span.attributes).toMatchObject(place)
    const stats = pool.stats()
    expect({
      wait: await sum("db.client.connection.wait_time"),
      use: await sum("db.client.connection.use_time"),
      create: await sum("db.client.connection.create_time"),
      count: await sum("db.client.connection.count"),
      max: await sum("db.client.connection.max"),
      operations: await sum("db.client.operation.duration"),
    }).toEqual({
      wait: stats.acquired,
      use: stats.acquired,
      create: stats.created,
      count: stats.total,
      max: stats.max,
      operations: statements.length,
    })
    await pool.close()
  })
})

/** Each has one statement that contains its number. */
async function operation(pool: ConnectionPool, n: number): Promise<void> {
  const mark = `"op ${n}"`
  if (n % 5 === 0) await pool.query(`SELECT $1::int AS ${mark}`, [n])
  else if (n % 5 === 1) await pool.query(`SELECT 1 / 0 AS ${mark}`).catch(() => {})
  else if (n % 5 === 2) await pool.transaction((tx) => tx.transaction((savepoint) => savepoint.query(`SELECT 1 AS ${mark}`)))
  else if (n % 5 === 3) for await (const _ of pool.stream(`SELECT 1 AS ${mark}`));
  else await pool.use((lease) => lease.query(`SELECT 1 AS ${mark}`))
}

test("one span for each transaction, its statements inside it, unless the program has its own span in between", async () => {
  const { tracer, spans } = instrumented()
  const pool = createConnectionPool({ driver: pgDriver(), connection: server.connection() })
  await pool.transaction(async (tx) => {
    await tx.query("SELECT 1 AS inside")
    const own = tracer.startSpan("own")
    await context.with(trace.setSpan(context.active(), own), () => tx.query("SELECT 2 AS deeper"))
    own.end()
  })
  await pool.close()
  const names = new Map(spans().map((span) => [idOf(span), span.name]))
  expect(spans().map((span) => [span.name, names.get(parentOf(span) ?? "")])).toEqual([
    ["BEGIN", `TRANSACTION ${server.database}`],
    ["SELECT", `TRANSACTION ${server.database}`],
    ["SELECT", "own"],
    ["own", undefined],
    ["COMMIT", `TRANSACTION ${server.database}`],
    [`TRANSACTION ${server.database}`, undefined],
  ])
})

test.each(Object.keys(DRIVERS))("a batch has its size and its statements, a stream is one span, over %s", async (name) => {
  const { spans, sum } = instrumented()
  const driver = DRIVERS[name]!()
  const connection = driver.supports.network ? server.connection() : undefined
  const pool = createConnectionPool({ driver, connection, max: 1 } as Parameters<typeof createConnectionPool>[0])
  const described = () =>
    spans().map(({ name, attributes }) => [name, attributes["db.operation.batch.size"], attributes["db.query.text"]] as const)
  await pool.batch(["SELECT 1 AS a", "SELECT 2 AS a"])
  await pool.batch(["SELECT 1 AS a", { text: "VALUES ($1::int)", values: [2] }])
  await pool.batch(["SELECT 1 AS a"])
  expect(described()).toEqual([
    ["BATCH SELECT", 2, "SELECT ? AS a"],
    ["BATCH", 2, "SELECT ? AS a; VALUES ($1::int)"],
    ["SELECT", undefined, "SELECT ? AS a"],
  ])
  const before = spans().length
  let rows = 0
  for await (const _ of pool.stream("SELECT * FROM generate_series(1, 10)", undefined, { batchSize: 2 })) rows++
  for await (const _ of pool.stream("SELECT * FROM generate_series(1, 10)", undefined, { batchSize: 2 })) break
  expect(rows).toBe(10)
  const streams = spans().slice(before)
  expect(streams.filter(({ name }) => name.startsWith("SELECT"))).toHaveLength(2)
  expect(await sum("db.client.operation.duration")).toBe(spans().filter(({ kind }) => kind === SpanKind.CLIENT).length)
  const failing = pool.stream("SELECT 1 / (3 - n) FROM generate_series(1, 10) n", undefined, { batchSize: 1 })
  await (async () => {
    for await (const _ of failing);
  })().catch(() => {})
  expect(
    spans().filter(({ attributes }) => attributes["error.type"] === "22012" && attributes["db.query.text"] !== undefined),
  ).toHaveLength(1)
  await pool.close()
  await (driver as Partial<AsyncDisposable>)[Symbol.asyncDispose]?.()
})

test("the span of a failed statement has its code, and no literal", async () => {
  const { spans, sum } = instrumented()
  const pool = createConnectionPool({ driver: pgDriver(), connection: server.connection(), max: 1 })
  await pool
    .query("SELECT 'secret', 42, $1::text /* hidden */ -- too\n, E'it\\'s', $$dollar$$, \"quoted 7\" FROM missing_7", ["parameter"])
    .catch(() => {})
  const [span] = spans()
  expect(span).toMatchObject({
    name: "SELECT missing_7",
    status: { code: SpanStatusCode.ERROR, message: "42P01" },
    attributes: {
      "db.system.name": "postgresql",
      "db.namespace": server.database,
      "db.query.summary": "SELECT missing_7",
      "db.response.status_code": "42P01",
      "error.type": "42P01",
      "server.address": server.host,
      "server.port": server.port,
    },
  })
  expect(String(span!.attributes["db.query.text"]).replace(/\s+/g, " ")).toBe('SELECT ?, ?, $1::text , ?, ?, "quoted 7" FROM missing_7')
  const lease = await pool.acquire()
  await expect(pool.query("SELECT 1", undefined, { acquireTimeoutMs: 20 })).rejects.toMatchObject({ code: "PGSD_ACQUIRE_TIMEOUT" })
  lease.release()
  expect(await sum("db.client.connection.timeouts")).toBe(pool.stats().timeouts)
  await pool.close()
})

test("the count of timeouts begins with 0; a failure without an SQLSTATE has no status code", async () => {
  const { spans, points } = instrumented()
  const pool = createConnectionPool({ driver: wireDriver(), connection: server.connection() })
  expect(await points("db.client.connection.timeouts")).toMatchObject([{ value: 0 }])
  const connection = await pool.acquire()
  const cut = connection.query("SELECT pg_sleep(5)").catch(() => {})
  connection.destroy()
  await cut
  const failed = spans().find((span) => span.attributes["error.type"] !== undefined)!
  expect(Object.keys(failed.attributes)).not.toContain("db.response.status_code")
  await pool.close()
})

test("a failed attempt has a span with address and code", async () => {
  const { spans } = instrumented()
  const connection = server.connection({ database: "missing" })
  const pool = createConnectionPool({ driver: pgDriver(), connection })
  await pool.query("SELECT 1").catch(() => {})
  expect(spans()[0]).toMatchObject({
    name: "CONNECT",
    attributes: { "server.address": connection.host, "server.port": connection.port, "error.type": "3D000" },
  })
  await pool.close()
})

test("text on request in full or not at all; invalid options are refused", async () => {
  for (const [queryText, expected] of [
    ["full", "SELECT 'x'"],
    ["none", undefined],
  ] as const) {
    const { spans } = instrumented({ queryText })
    const pool = createConnectionPool({ driver: pgDriver(), connection: server.connection() })
    await pool.query("SELECT 'x'")
    expect(spans()[0]!.attributes["db.query.text"]).toBe(expected)
    await pool.close()
  }
  expect(() => instrumentPools({ queryText: "all" as never })).toThrow(/queryText/)
})
