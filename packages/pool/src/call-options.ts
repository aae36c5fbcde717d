import { abortSignal, milliseconds, type OptionTable } from "@pgsd/driver"
import {
  BATCH_OPTIONS,
  CALL_OPTIONS,
  COPY_FROM_OPTIONS,
  COPY_TO_OPTIONS,
  NOTIFY_OPTIONS,
  STREAM_OPTIONS,
  TRANSACTION_OPTIONS,
} from "@pgsd/driver/calls"
import type { CloseOptions, HealthCheckOptions, ListenOptions } from "./connection-pool.ts"
import { invalidOption } from "./errors.ts"

// The options of the pool's calls, for checkOptions(): those of a session, and those of the wait for one.

export const ACQUIRE_TABLE = { signal: abortSignal, acquireTimeoutMs: milliseconds }
export const USE_TABLE = { ...ACQUIRE_TABLE, timeoutMs: milliseconds }
export const QUERY_TABLE = { ...CALL_OPTIONS, acquireTimeoutMs: milliseconds }
export const BATCH_TABLE = { ...BATCH_OPTIONS, acquireTimeoutMs: milliseconds }
export const STREAM_TABLE = { ...STREAM_OPTIONS, acquireTimeoutMs: milliseconds }
export const COPY_FROM_TABLE = { ...COPY_FROM_OPTIONS, acquireTimeoutMs: milliseconds }
export const COPY_TO_TABLE = { ...COPY_TO_OPTIONS, acquireTimeoutMs: milliseconds }
export const NOTIFY_TABLE = { ...NOTIFY_OPTIONS, acquireTimeoutMs: milliseconds }
export const LISTEN_TABLE: OptionTable<ListenOptions> = { ...ACQUIRE_TABLE, heartbeatMs: milliseconds, onGap: listener }
export const HEALTH_TABLE: OptionTable<HealthCheckOptions> = { signal: abortSignal, timeoutMs: milliseconds }
export const CLOSE_TABLE: OptionTable<CloseOptions> = { timeoutMs: milliseconds }
export const TRANSACTION_TABLE = { ...TRANSACTION_OPTIONS, acquireTimeoutMs: milliseconds }

function listener(name: string, value: unknown): void {
  if (typeof value !== "function") throw invalidOption(`${name} must be a function`)
}
