import { limit, toPgsdError } from "@pgsd/driver"
import type { ConnectionFactory } from "@pgsd/driver/open"
import { sessionOf } from "@pgsd/driver/session"
import type { PreflightOptions, PreflightReport } from "./preflight-report.ts"

/**
 * Opens a connection, examines the server with at most two round trips, and closes it. A database that cannot be reached is a report with
 * `reachable: false` rather than a rejection.
 *
 * @throws `signal.reason` when aborted; PgsdError PGSD_INVALID_OPTION
 */
export async function preflight(factory: ConnectionFactory, options: PreflightOptions = {}): Promise<PreflightReport> {
  const started = performance.now()
  const { checkPreflightOptions, inspectServer, preflightTimedOut } = await import("./inspect-server.ts")
  const { signal } = options
  // Before dialling: a misspelt option is reported even if the database is down.
  const timeoutMs = checkPreflightOptions(options)
  const bounds = limit(signal, timeoutMs, () => preflightTimedOut(factory.label, timeoutMs))
  const connection = await factory
    .open({ signal: bounds.signal })
    .catch((error: unknown) => {
      if (signal?.aborted) throw signal.reason
      return toPgsdError(error, { label: factory.label })
    })
    .finally(() => bounds.end())
  if (connection instanceof Error) return unreachable(factory.label, connection, performance.now() - started)
  try {
    const report = await inspectServer(sessionOf(connection), options, factory, Math.max(1, timeoutMs - (performance.now() - started)))
    return { ...report, durationMs: performance.now() - started }
  } finally {
    await connection.close().catch(() => connection.destroy())
  }
}

function unreachable(label: string, error: ReturnType<typeof toPgsdError>, durationMs: number): PreflightReport {
  return {
    ok: false,
    label,
    reachable: false,
    error,
    findings: [
      {
        id: "connect",
        level: "fail",
        found: error.message,
        ...(error.hint !== undefined && { fix: error.hint }),
      },
    ],
    durationMs,
  }
}
