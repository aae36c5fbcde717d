import { DatabaseConnectionError, type PgsdError, type PgsdErrorOptions, toPgsdError } from "@pgsd/driver"
import type { PoolStats } from "./connection-pool.ts"
import type { PoolCore } from "./core/pool-core.ts"
import type { PoolErrors } from "./core/resource-port.ts"
import { type Slot, State } from "./core/slot.ts"
import type { Waiter } from "./core/wait-queue.ts"
import { AcquireTimeoutError, type AcquireTimeoutReason, PoolError, type PoolErrorCode } from "./errors.ts"
import type { PoolLease } from "./lease.ts"
import type { Resolved } from "./options.ts"
import type { PooledConnection } from "./pooled-connection.ts"

type Core = PoolCore<PooledConnection, PoolLease>

/** Creates the pool's errors: fact, counts, next step. */
export class ErrorFactory implements PoolErrors<PoolLease> {
  readonly #settings: Pick<Resolved, "label" | "attemptLimit">
  readonly #core: () => Core
  readonly #stats: () => PoolStats

  constructor(settings: Pick<Resolved, "label" | "attemptLimit">, core: () => Core, stats: () => PoolStats) {
    this.#settings = settings
    this.#core = core
    this.#stats = stats
  }

  get #label(): string {
    return this.#settings.label
  }

  acquireTimeout(waiter: Waiter<PoolLease>): AcquireTimeoutError {
    const core = this.#core()
    const stats = this.#stats()
    const elapsedMs = Math.round(core.settings.clock.now() - waiter.since)
    const reason = reasonOf(core, stats)
    const longest = longestLease(core)
    const longestLeaseMs = longest && Math.max(0, Math.round(core.wallNow() - longest.leasedAt))
    const held = longestLeaseMs === undefined ? "" : `; longest-held lease ${longestLeaseMs} ms`
    const counts = `max ${stats.max}: ${stats.leased} leased, ${stats.idle} idle, ${stats.connecting} connecting, ${stats.waiting} waiting${held}`
    return new AcquireTimeoutError(`${this.#label}: no connection after ${elapsedMs} ms: ${this.#why(reason)} (${counts})`, {
      label: this.#label,
      reason,
      elapsedMs,
      stats,
      longestLeaseMs,
      cause: core.lastError,
      hint: hintFor(reason, longest?.resource?.holder?.stack),
    })
  }

  #error(code: PoolErrorCode, fact: string, options: PgsdErrorOptions = {}): PoolError {
    return new PoolError(code, `${this.#label}: ${fact}`, { ...options, label: this.#label })
  }

  #why(reason: AcquireTimeoutReason): string {
    const { failures, lastError, slots, settings } = this.#core()
    if (reason === "suspended") return "the pool is suspended"
    if (reason === "exhausted") return "all connections are in use"
    if (reason === "unreachable")
      return `${failures} ${failures === 1 ? "attempt" : "attempts"} to connect failed, the last with: ${messageOf(lastError)}`
    const oldest = [...slots].find((slot) => slot.state === State.connecting)
    if (oldest === undefined) return "a connection is being checked or reset"
    return `an attempt to connect has been under way for ${Math.round(settings.clock.now() - oldest.startedAt)} ms`
  }

  notReady(): PoolError {
    const { live, min } = this.#core()
    return this.#error("PGSD_ACQUIRE_TIMEOUT", `${live} of ${min} connections are open and no more came in time`, {
      retryable: true,
    })
  }

  notListening(ms: number): PoolError {
    const { failures } = this.#core()
    const why = failures > 0 ? `: ${this.#why("unreachable")}` : ""
    return this.#error("PGSD_ACQUIRE_TIMEOUT", `LISTEN was not in force after ${ms} ms${why}`, {
      retryable: true,
      cause: this.#core().lastError,
    })
  }

  listenerSilent(ms: number): PoolError {
    const fact = `the session of listen() did not answer within validateTimeoutMs (${ms} ms)`
    return this.#error("PGSD_VALIDATE_FAILED", fact, { retryable: true })
  }

  queueFull(): PoolError {
    const { settings } = this.#core()
    return this.#error("PGSD_QUEUE_FULL", `${settings.maxWaiting} callers wait already (maxWaiting)`, {
      retryable: true,
      hint: "shed load, or raise max or maxWaiting",
    })
  }

  closed(): PoolError {
    return this.#error("PGSD_POOL_CLOSED", `the pool is closed`, { hint: "close() comes after the last acquire()" })
  }

  connectTimeout(ms: number): PgsdError {
    const message = `${this.#label}: no connection within ${this.#settings.attemptLimit} (${ms} ms)`
    return new DatabaseConnectionError("PGSD_CONNECT_TIMEOUT", message, { label: this.#label, phase: "startup", retryable: true })
  }

  checkTimeout(ms: number): PoolError {
    return this.#error("PGSD_VALIDATE_FAILED", `an idle connection did not answer within validateTimeoutMs (${ms} ms)`)
  }

  resetTimeout(ms: number): PoolError {
    return this.#error("PGSD_RESET_FAILED", `a returned connection was not clean within resetTimeoutMs (${ms} ms)`)
  }

  unfit(slot: Slot<PooledConnection>, error: unknown): PgsdError {
    if (error instanceof PoolError) return error
    const text = messageOf(error)
    return slot.state === State.checking
      ? this.#error("PGSD_VALIDATE_FAILED", `an idle connection was dead: ${text}`, { cause: error })
      : this.#error("PGSD_RESET_FAILED", `a returned connection could not be reset: ${text}`, { cause: error })
  }

  lost(error: unknown): PgsdError {
    const text = `${this.#label}: a connection was closed without the pool`
    return error === undefined
      ? new DatabaseConnectionError("PGSD_CONNECTION_CLOSED", text, { label: this.#label })
      : toPgsdError(error, { label: this.#label })
  }
}

function reasonOf(core: Core, stats: PoolStats): AcquireTimeoutReason {
  if (stats.state === "suspended") return "suspended"
  if (stats.leased >= stats.max) return "exhausted"
  if (core.failures > 0) return "unreachable"
  return stats.connecting + stats.checking + stats.resetting > 0 ? "connecting" : "exhausted"
}

function hintFor(reason: AcquireTimeoutReason, stack: string | undefined): string | undefined {
  if (reason === "suspended") return "call resume()"
  if (reason === "unreachable") return "see the cause"
  if (reason === "connecting") return "raise acquireTimeoutMs above what a connection takes here, or look at DNS, TLS and authentication"
  if (stack === undefined) return "shorten what callers do with a connection, raise max, or find a forgotten lease with leakThresholdMs"
  return `the longest-held lease was taken at:\n${stack}`
}

function longestLease(core: Core): Slot<PooledConnection> | undefined {
  let longest: Slot<PooledConnection> | undefined
  for (const slot of core.slots)
    if (slot.state === State.leased && (longest === undefined || slot.leasedAt < longest.leasedAt)) longest = slot
  return longest
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : "an error without a text"
}
