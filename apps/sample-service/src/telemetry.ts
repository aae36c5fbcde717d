import type { RequestListener } from "node:http"
import { metrics } from "@opentelemetry/api"
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus"
import { MeterProvider } from "@opentelemetry/sdk-metrics"
import { instrumentPools } from "@pgsd/opentelemetry"

/** Call it before pools are created. */
export function startTelemetry(): { readonly page: RequestListener; close(): Promise<void> } {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({ readers: [exporter] })
  metrics.setGlobalMeterProvider(provider)
  // Spans go to the global tracer provider: register your SDK's before this line.
  const stop = instrumentPools()
  return {
    page: (request, response) => exporter.getMetricsRequestHandler(request, response),
    close: async () => {
      stop()
      await provider.shutdown()
    },
  }
}
