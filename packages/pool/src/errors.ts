import { PgsdError, type PgsdErrorOptions } from "@pgsd/driver"
import type { PoolStats } from "./connection-pool.ts"

/** The codes that this package adds to the driver's. Losses and connect errors are passed on from the driver. */
export type PoolErrorCode =
  | "PGSD_ACQUIRE_TIMEOUT" // no connection within acquireTimeoutMs; `cause` is the last connect error, if that is why
  | "PGSD_INVALID_OPTION" // an option that does not exist or is invalid
  | "PGSD_LEASE_RELEASED" // a lease was used after release() or destroy()
  | "PGSD_LISTEN_REFUSED" // listen() needs a session of its own, which a pooler in transaction mode does not give
  | "PGSD_ON_CONNECT_FAILED" // the onConnect hook rejected, or left a transaction open; its error is the cause
  | "PGSD_POOL_CLOSED" // acquire() after close(), or still waiting when its deadline passed
  | "PGSD_POOL_DEADLOCK" // every connection is held by a caller that waits for another one
  | "PGSD_QUEUE_FULL" // maxWaiting callers wait already
  | "PGSD_RESET_FAILED" // a returned connection could not be cleaned; seen by onError and the diagnostics channel only
  | "PGSD_SETTING_REFUSED" // the server refused one of the pool's `settings`, or there is a pooler in front of it
  | "PGSD_VALIDATE_FAILED" // an idle connection did not answer; seen by onError and the diagnostics channel only

/** An error of the pool itself. Handle it by `code`. */
export class PoolError extends PgsdError {
  static override readonly kind: string = "PoolError"
  declare readonly code: PoolErrorCode

  constructor(code: PoolErrorCode, message: string, options: PgsdErrorOptions = {}) {
    super(code, message, options)
  }
}

/** Why no connection was available: all are in use, an attempt takes too long, attempts fail, or the pool is suspended. */
export type AcquireTimeoutReason = "exhausted" | "connecting" | "unreachable" | "suspended"

export interface AcquireTimeoutDetails extends PgsdErrorOptions {
  readonly reason: AcquireTimeoutReason
  readonly elapsedMs: number
  readonly stats: PoolStats
  readonly longestLeaseMs: number | undefined
}

/** No connection became available within the caller's timeout. `cause` is the last connect error if `reason` is `"unreachable"`. */
export class AcquireTimeoutError extends PoolError {
  static override readonly kind: string = "AcquireTimeoutError"
  readonly reason: AcquireTimeoutReason
  readonly elapsedMs: number
  /** The counts at that moment. */
  readonly stats: PoolStats
  /** Age of the longest-held lease; `hint` has the stack of its acquire() if `leakThresholdMs` is set. */
  readonly longestLeaseMs: number | undefined

  constructor(message: string, details: AcquireTimeoutDetails) {
    super("PGSD_ACQUIRE_TIMEOUT", message, { ...details, retryable: true })
    this.reason = details.reason
    this.elapsedMs = details.elapsedMs
    this.stats = details.stats
    this.longestLeaseMs = details.longestLeaseMs
  }
}

export function invalidOption(message: string, hint?: string): PgsdError {
  return new PgsdError("PGSD_INVALID_OPTION", message, { hint })
}
