import { createRequire } from "node:module"
import { context, type Span, trace } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { PgInstrumentation, type PgInstrumentationConfig } from "@opentelemetry/instrumentation-pg"
import { BasicTracerProvider, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import type { ConnectionPool } from "@pgsd/pool"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"

const exporter = new InMemorySpanExporter()
let started = 0
const counter = {
  onStart: () => void started++,
  onEnd() {},
  forceFlush: async () => {},
  shutdown: async () => {},
}
const provider = new BasicTracerProvider({ spanProcessors: [counter, new SimpleSpanProcessor(exporter)] })
const tracer = provider.getTracer("test")
const instrumentation = new PgInstrumentation({ enabled: false })
instrumentation.setTracerProvider(provider)

let server: PostgresServer
beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  instrumentation.enable()
  // The instrumentation patches what is required; the driver's own import then finds the patched client.
  createRequire(import.meta.url)("pg")
  server = await postgresServer()
  await server.sql("CREATE TABLE rows (id int PRIMARY KEY, n int NOT NULL DEFAULT 0)")
})
afterAll(async () => {
  instrumentation.disable()
  context.disable()
  await server?.close()
})

const CONFIGS: Readonly<Record<string, PgInstrumentationConfig>> = {
  "as it is": {},
  "with enableTraceContextPropagation": { enableTraceContextPropagation: true },
  "with addSqlCommenterCommentToQueries": { addSqlCommenterCommentToQueries: true },
}

describe.each(Object.keys(CONFIGS))("@opentelemetry/instrumentation-pg %s", (name) => {
  let pool: ConnectionPool
  beforeEach(async () => {
    const [{ pgDriver }, { createConnectionPool }] = await Promise.all([import("@pgsd/driver-pg"), import("@pgsd/pool")])
    instrumentation.setConfig({ ...CONFIGS[name], enabled: true })
    await server.sql("TRUNCATE rows; INSERT INTO rows SELECT i FROM generate_series(1, 10) i")
    pool = createConnectionPool({ driver: pgDriver(), connection: server.connection(), max: 3, pipelineDepth: 4 })
    await pool.ready()
    exporter.reset()
    started = 0
  })
  afterEach(() => pool.close())

  /** `work` inside a separate span. */
  async function within<T>(work: () => Promise<T>): Promise<{ readonly span: Span; readonly outcome: PromiseSettledResult<T> }> {
    const span = tracer.startSpan("parent")
    const [outcome] = await context.with(trace.setSpan(context.active(), span), () => Promise.allSettled([work()]))
    span.end()
    return { span, outcome }
  }

  async function drained(rows: AsyncIterable<unknown>): Promise<void> {
    for await (const _ of rows);
  }

  const queries = () => exporter.getFinishedSpans().filter((each) => each.name.startsWith("pg.query"))
  const parentOf = (span: ReadableSpan) => span.parentSpanContext?.spanId

  test("transaction() reports correctly: what resolved is committed, what rejected is not", async () => {
    const kept = await pool.transaction(async (tx) => {
      const { rowCount } = await tx.query("UPDATE rows SET n = 1 WHERE id = $1", [1])
      await tx.transaction((savepoint) => savepoint.query("INSERT INTO rows VALUES (11)"))
      await tx.transaction((savepoint) => savepoint.query("INSERT INTO rows VALUES (11)")).catch(() => {})
      return rowCount
    })
    expect(kept).toBe(1)
    const refused = await pool.transaction((tx) => tx.query("INSERT INTO rows VALUES (12), (1)")).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: "PGSD_CONSTRAINT_VIOLATION", sqlState: "23505" })
    const swallowed = pool.transaction(async (tx) => void (await tx.query("INSERT INTO rows VALUES (1)").catch(() => {})))
    await expect(swallowed).rejects.toThrow(expect.objectContaining({ code: "PGSD_ROLLED_BACK" }))
    expect(await server.sql("SELECT count(*), sum(n) FROM rows")).toEqual([{ count: "11", sum: "1" }])
  })

  test("commands, counts and rows belong to their statement", async () => {
    const results = await Promise.all([
      pool.query("UPDATE rows SET n = n + 1 WHERE id <= 4"),
      pool.query("SELECT 2 AS two"),
      pool.query("DELETE FROM rows WHERE id = $1", [10], { prepare: true }),
      pool.query("SELECT 1; SELECT 3 AS three"),
    ])
    expect(results.map(({ command, rowCount, rows }) => ({ command, rowCount, rows }))).toEqual([
      { command: "UPDATE", rowCount: 4, rows: [] },
      { command: "SELECT", rowCount: 1, rows: [{ two: 2 }] },
      { command: "DELETE", rowCount: 1, rows: [] },
      { command: "SELECT", rowCount: 1, rows: [{ three: 3 }] },
    ])
  })

  test("every span ends, has the server's address, and is the child of the span in which the query was made", async () => {
    const works = Array.from({ length: 40 }, (_, i) => async (): Promise<unknown> => {
      if (i % 5 === 0) return pool.query("SELECT missing").catch(() => {})
      if (i % 5 === 1) return pool.query("SELECT $1::int AS i", [i])
      if (i % 5 === 2) return pool.transaction((tx) => tx.query("UPDATE rows SET n = n + 1 WHERE id = $1", [(i % 10) + 1]))
      if (i % 5 === 3) return drained(pool.stream("SELECT generate_series(1, 5) AS i", [], { batchSize: 2 }))
      return pool.query("SELECT pg_sleep(5)", [], { timeoutMs: 20 }).catch(() => {})
    })
    const parents = await Promise.all(works.map(within))
    // The span of a cancelled statement ends when the server has answered.
    await expect.poll(() => exporter.getFinishedSpans().length, { timeout: 5_000 }).toBe(started)
    expect(parents.filter(({ outcome }) => outcome.status === "rejected")).toEqual([])
    const known = new Set(parents.map(({ span }) => span.spanContext().spanId))
    expect(queries().length).toBeGreaterThanOrEqual(40)
    for (const span of queries()) {
      expect(span.attributes).toMatchObject({ "server.address": server.host, "server.port": server.port, "db.namespace": server.database })
      expect(known, span.name).toContain(parentOf(span))
    }
    const childless = parents.map(({ span }, i) => (queries().some((each) => parentOf(each) === span.spanContext().spanId) ? undefined : i))
    expect(childless.filter((i) => i !== undefined)).toEqual([])
  })
})
