import { trace } from "@opentelemetry/api"
import { MeterProvider } from "@opentelemetry/sdk-metrics"
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base"
import { pgDriver } from "@pgsd/driver-pg"
import { instrumentPools } from "@pgsd/opentelemetry"
import type { Client, ClientOptions } from "./client.ts"
import { pgsdClient } from "./pgsd-client.ts"

/** Accepts every span and discards it: the exporter's cost is not measured. */
const nowhere: SpanExporter = {
  export: (_, done) => done({ code: 0 }),
  shutdown: () => Promise.resolve(),
}

/** @pgsd/pool over pg with @pgsd/opentelemetry, over no SDK (whose spans record nothing) or one that records every span. */
export function observedClient(options: ClientOptions, withSdk: boolean): Client {
  const tracer = withSdk
    ? new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(nowhere, { maxQueueSize: 65_536 })] }).getTracer("bench")
    : trace.getTracer("bench")
  const stop = instrumentPools(withSdk ? { tracer, meter: new MeterProvider().getMeter("bench") } : { tracer })
  const client = pgsdClient(pgDriver(), options)
  return {
    ...client,
    async close() {
      await client.close()
      stop()
    },
  }
}
