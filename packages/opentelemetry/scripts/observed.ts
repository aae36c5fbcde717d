import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import type { Connection, QueryResult } from "@pgsd/driver"
import type { InstrumentOptions } from "@pgsd/opentelemetry"
import { type ConnectionPool, createConnectionPool } from "@pgsd/pool"

const result: QueryResult<never> = { rows: [], rowCount: 0, command: "SELECT", fields: [] }
const connection: Connection = {
  status: "idle",
  transactionEpoch: 0,
  info: { label: "local", user: "app", database: "app", processId: 1, authentication: "trust", connectTimeMs: 0 },
  serverParameters: {},
  native: undefined,
  query: () => Promise.resolve(result),
  pipeline: () => Promise.reject(new Error("not asked")),
  copyFrom: () => Promise.reject(new Error("not asked")),
  copyTo: () => {
    throw new Error("not asked")
  },
  onClose() {},
  onNotice() {},
  onNotification() {},
  close: () => Promise.resolve(),
  destroy() {},
}

/** Over a connection that responds immediately, to measure only this package's cost. */
export function poolOfAnswers(): ConnectionPool {
  return createConnectionPool({ open: async () => connection })
}

/** OpenTelemetry's SDK with exporters that discard everything. */
export class Sdk {
  /** Number of ended spans. */
  ended = 0
  readonly options: InstrumentOptions
  readonly #exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA)
  readonly #reader = new PeriodicExportingMetricReader({ exporter: this.#exporter, exportIntervalMillis: 3_600_000 })
  readonly #meters = new MeterProvider({ readers: [this.#reader] })

  constructor() {
    const discard = {
      export: (spans: readonly unknown[], done: (result: { code: number }) => void) => {
        this.ended += spans.length
        done({ code: 0 })
      },
      shutdown: async () => {},
    }
    const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(discard)] }).getTracer("script")
    this.options = { tracer, meter: this.#meters.getMeter("script") }
  }

  async collect(): Promise<void> {
    await this.#reader.forceFlush()
    this.#exporter.reset()
  }

  shutdown(): Promise<void> {
    return this.#meters.shutdown()
  }
}
