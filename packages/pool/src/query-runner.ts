import type { Clock, TimerHandle } from "@pgsd/driver"
import {
  abortSignal,
  isFatal,
  isPgsdError,
  milliseconds,
  type QueryOptions,
  type QueryResult,
  refuseUnknownOptions,
  timerDelay,
} from "@pgsd/driver"
import type { LeaseQueryOptions } from "./connection-pool.ts"
import type { Slot } from "./core/slot.ts"
import { channels, type PoolQueryEvent } from "./diagnostics.ts"
import { PoolError } from "./errors.ts"
import type { PooledConnection } from "./pooled-connection.ts"

const OPTIONS = ["signal", "timeoutMs", "prepare", "types"] as const satisfies readonly (keyof LeaseQueryOptions)[]

interface QueryRunnerSettings {
  readonly label: string
  readonly clock: Clock
  readonly queryTimeoutMs: number
  readonly cancelTimeoutMs: number
}

/** Runs the queries of leases: knows which are under way, what their errors mean for the connection, and when patience ends. */
export class QueryRunner {
  readonly #settings: QueryRunnerSettings
  readonly #giveUp: (slot: Slot<PooledConnection>) => void
  readonly #readOnly: (slot: Slot<PooledConnection>) => void

  /**
   * @param giveUp an aborted query did not end
   * @param readOnly the server refused a write with 25006
   */
  constructor(
    settings: QueryRunnerSettings,
    giveUp: (slot: Slot<PooledConnection>) => void,
    readOnly: (slot: Slot<PooledConnection>) => void,
  ) {
    this.#settings = settings
    this.#giveUp = giveUp
    this.#readOnly = readOnly
  }

  run<R>(
    slot: Slot<PooledConnection>,
    sql: string,
    params: readonly unknown[] | undefined,
    options: LeaseQueryOptions | undefined,
  ): Promise<QueryResult<R>> {
    if (options === undefined && this.#settings.queryTimeoutMs === Number.POSITIVE_INFINITY) return this.#send(slot, sql, params, undefined)
    return this.#runWith(slot, sql, params, options ?? {})
  }

  // Async, so that what is wrong with an option rejects like everything else.
  async #runWith<R>(
    slot: Slot<PooledConnection>,
    sql: string,
    params: readonly unknown[] | undefined,
    options: LeaseQueryOptions,
  ): Promise<QueryResult<R>> {
    refuseUnknownOptions("option of query", options, OPTIONS)
    const signal = abortSignal("signal", options.signal)
    const timeoutMs = milliseconds("timeoutMs", options.timeoutMs ?? this.#settings.queryTimeoutMs)
    const { prepare, types } = options
    if (signal === undefined && timeoutMs === Number.POSITIVE_INFINITY) return this.#send(slot, sql, params, { prepare, types })
    return this.#bounded(slot, sql, params, options, timeoutMs)
  }

  #send<R>(
    slot: Slot<PooledConnection>,
    sql: string,
    params: readonly unknown[] | undefined,
    options: QueryOptions | undefined,
  ): Promise<QueryResult<R>> {
    const pooled = slot.resource!
    const started = channels.query.hasSubscribers ? this.#settings.clock.now() : undefined
    const sent = pooled.connection.query<R>(sql, params, options)
    pooled.started()
    sent.then(
      (result) => {
        pooled.ended()
        if (started !== undefined) this.#publish(pooled, sql, started, { rowCount: result.rowCount })
      },
      (error: unknown) => {
        if (isFatal(error)) pooled.broken = true
        if (isPgsdError(error) && error.sqlState === "25006") this.#readOnly(slot)
        pooled.ended()
        if (started !== undefined) this.#publish(pooled, sql, started, { error })
      },
    )
    return sent
  }

  /** The caller hears of the abort at once; the connection is held until the query has ended, and given up when it does not. */
  #bounded<R>(
    slot: Slot<PooledConnection>,
    sql: string,
    params: readonly unknown[] | undefined,
    { signal, prepare, types }: LeaseQueryOptions,
    timeoutMs: number,
  ): Promise<QueryResult<R>> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    const { clock, cancelTimeoutMs, label } = this.#settings
    return new Promise((resolve, reject) => {
      const cancel = new AbortController()
      let timer: unknown
      let over = false
      const disarm = () => {
        clock.clearTimeout(timer)
        signal?.removeEventListener("abort", onAbort)
      }
      const stop = (reason: unknown) => {
        if (over) return
        disarm()
        reject(reason)
        timer = clock.setTimeout(() => this.#giveUp(slot), timerDelay(cancelTimeoutMs))
        ;(timer as TimerHandle).unref?.()
        cancel.abort(reason)
      }
      const onAbort = () => stop(signal!.reason)
      signal?.addEventListener("abort", onAbort, { once: true })
      if (timeoutMs !== Number.POSITIVE_INFINITY)
        timer = clock.setTimeout(() => stop(queryTimeout(label, timeoutMs)), timerDelay(timeoutMs))
      this.#send<R>(slot, sql, params, { signal: cancel.signal, prepare, types })
        .finally(() => {
          over = true
          disarm()
        })
        .then(resolve, reject)
    })
  }

  #publish(pooled: PooledConnection, sql: string, started: number, outcome: Pick<PoolQueryEvent, "rowCount" | "error">): void {
    const durationMs = this.#settings.clock.now() - started
    const event: PoolQueryEvent = { pool: this.#settings.label, processId: pooled.connection.info.processId, sql, durationMs, ...outcome }
    channels.query.publish(event)
  }
}

function queryTimeout(label: string, timeoutMs: number): PoolError {
  return new PoolError("PGSD_QUERY_TIMEOUT", `${label}: the query took longer than its ${timeoutMs} ms and was stopped`, {
    hint: "raise timeoutMs (or the pool's queryTimeoutMs), or see what it waits for in pg_stat_activity",
  })
}
