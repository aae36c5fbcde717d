import { createRequire } from "node:module"
import { context, trace } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { PgInstrumentation } from "@opentelemetry/instrumentation-pg"
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { instrumentPools } from "@pgsd/opentelemetry"
import { createConnectionPool } from "@pgsd/pool"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, expect, test } from "vitest"

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const tracer = provider.getTracer("test")
const instrumentation = new PgInstrumentation({ enabled: false })
instrumentation.setTracerProvider(provider)

let server: PostgresServer
let stop = () => {}
beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  instrumentation.enable()
  // It patches what is required; the driver's own import then finds the patched client.
  createRequire(import.meta.url)("pg")
  server = await postgresServer()
  stop = instrumentPools({ tracer })
})
afterAll(async () => {
  stop()
  instrumentation.disable()
  context.disable()
  await server?.close()
})

test("over pg a statement has two spans, ours and that of the instrumentation; transactions and the pool have only ours", async () => {
  const { pgDriver } = await import("@pgsd/driver-pg")
  const pool = createConnectionPool({ driver: pgDriver(), connection: server.connection() })
  const outer = tracer.startSpan("outer")
  await context.with(trace.setSpan(context.active(), outer), async () => {
    await pool.query("SELECT 1 AS alone")
    await pool.transaction((tx) => tx.query("SELECT 2 AS inside"))
  })
  outer.end()
  await pool.close()
  const spans = exporter.getFinishedSpans()
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]))
  const tree = spans.map((span) => [span.name, names.get(span.parentSpanContext?.spanId ?? "")])
  const { database } = server
  const theirs = (word: string) => `pg.query:${word} ${database}`
  const inside = `TRANSACTION ${database}`
  expect(tree.filter(([name]) => name !== "pg.connect").sort()).toEqual(
    [
      ["SELECT", "outer"],
      [theirs("SELECT"), "outer"],
      ["BEGIN", inside],
      ["SELECT", inside],
      ["COMMIT", inside],
      [theirs("BEGIN"), "outer"],
      [theirs("SELECT"), "outer"],
      [theirs("COMMIT"), "outer"],
      [inside, "outer"],
      ["outer", undefined],
    ].sort(),
  )
})
