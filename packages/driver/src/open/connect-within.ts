import { abortable } from "../abortable.ts"
import { place } from "../classify.ts"
import type { Connection, ConnectOptions, Driver } from "../contract.ts"
import { DatabaseConnectionError } from "../errors.ts"
import { limit } from "../limit.ts"
import type { Target } from "../target.ts"

/**
 * Runs driver.connect() within `timeoutMs`, even for a driver that exceeds its deadline, so that opening always ends. A connection that opens
 * later is closed.
 */
export async function connectWithin(
  driver: Driver,
  target: Target | undefined,
  timeoutMs: number,
  label: string | undefined,
  options: ConnectOptions,
): Promise<Connection> {
  const bounds = limit(options.signal, timeoutMs, () => overdue(driver, target, timeoutMs, label))
  try {
    const connecting = driver.connect(target, { ...options, signal: bounds.signal })
    return await abortable(connecting, bounds.signal).catch((error: unknown) => {
      if (bounds.signal?.aborted) connecting.then(leave, () => {})
      throw error
    })
  } finally {
    bounds.end()
  }
}

/** Closed gracefully, which the caller does not wait for. */
export function leave(connection: Connection): void {
  connection.close().catch(() => connection.destroy())
}

function overdue(driver: Driver, target: Target | undefined, timeoutMs: number, label: string | undefined): DatabaseConnectionError {
  const { host, port, address } = target ?? {}
  const where = { driver: driver.name, label, host, address, port }
  return new DatabaseConnectionError("PGSD_CONNECT_TIMEOUT", `${place(where)}: the driver gave no connection within ${timeoutMs} ms`, {
    ...where,
    phase: "startup",
    retryable: true,
  })
}
