/**
 * Does the heap grow with statements while they are observed? A million of them, over a connection that answers at once, and the slope of the
 * heap after each tenth. `node --expose-gc --conditions=@pgsd/source --import tsx packages/opentelemetry/scripts/heap.ts [queries]`
 */
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import type { Connection, QueryResult } from "@pgsd/driver"
import { instrumentPools } from "@pgsd/opentelemetry"
import { createConnectionPool } from "@pgsd/pool"

const total = Number(process.argv[2] ?? 1_000_000)
const result: QueryResult<never> = { rows: [], rowCount: 0, command: "SELECT", fields: [] }
const connection: Connection = {
  status: "idle",
  info: { label: "heap", user: "app", database: "app", processId: 1, authentication: "trust", connectTimeMs: 0 },
  serverParameters: {},
  native: undefined,
  query: () => Promise.resolve(result),
  onClose() {},
  onNotice() {},
  onNotification() {},
  close: () => Promise.resolve(),
  destroy() {},
}
let ended = 0
const discard = {
  export(spans: readonly unknown[], done: (result: { code: number }) => void) {
    ended += spans.length
    done({ code: 0 })
  },
  shutdown: async () => {},
}
const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(discard)] }).getTracer("heap")
const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
const meters = new MeterProvider({ readers: [reader] })
const stop = instrumentPools({ tracer, meter: meters.getMeter("heap") })
const pool = createConnectionPool({ open: async () => connection })

async function tenth(): Promise<number> {
  for (let n = 0; n < total / 10; n++) await pool.query(`SELECT ${n}`)
  await reader.forceFlush()
  exporter.reset()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1e6
}

const heap: number[] = []
for (let part = 0; part < 10; part++) heap.push(await tenth())
// Least squares over the last nine: the first holds what is compiled and cached once.
const settled = heap.slice(1)
const mean = settled.reduce((sum, each) => sum + each) / settled.length
const middle = (settled.length - 1) / 2
const slope =
  settled.reduce((sum, each, x) => sum + (x - middle) * (each - mean), 0) / settled.reduce((sum, _, x) => sum + (x - middle) ** 2, 0)
process.stdout.write(`${ended} spans; heap in MB: ${heap.map((each) => each.toFixed(2)).join(" ")}\n`)
process.stdout.write(`slope: ${((slope * 1e6) / (total / 10)).toFixed(3)} bytes a query\n`)
await pool.close()
stop()
await meters.shutdown()
