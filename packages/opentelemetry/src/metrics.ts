import type { Meter } from "@opentelemetry/api"
import type { ConnectionPool, PoolQueryTrace } from "@pgsd/pool"
import { failureOf, ofMetric, operationOf, placeOf } from "./attributes.ts"

const SECONDS = { unit: "s", advice: { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] } }
const POOL = "db.client.connection.pool.name"
const STATE = "db.client.connection.state"

export class Metrics {
  readonly #pools = new Set<ConnectionPool>()
  readonly #startedAt = new WeakMap<PoolQueryTrace, number>()
  readonly #stop: () => void
  readonly #instruments

  constructor(meter: Meter) {
    this.#instruments = {
      operation: meter.createHistogram("db.client.operation.duration", SECONDS),
      create: meter.createHistogram("db.client.connection.create_time", SECONDS),
      wait: meter.createHistogram("db.client.connection.wait_time", SECONDS),
      use: meter.createHistogram("db.client.connection.use_time", SECONDS),
      timeouts: meter.createCounter("db.client.connection.timeouts", { unit: "{timeout}" }),
    }
    const gauge = (name: string, unit: string) => meter.createObservableUpDownCounter(`db.client.connection.${name}`, { unit })
    const [count, max, idleMin] = [gauge("count", "{connection}"), gauge("max", "{connection}"), gauge("idle.min", "{connection}")]
    const pending = gauge("pending_requests", "{request}")
    const observe: Parameters<Meter["addBatchObservableCallback"]>[0] = (to) => {
      for (const [name, stats] of this.#byName()) {
        to.observe(count, stats.idle, { [POOL]: name, [STATE]: "idle" })
        to.observe(count, stats.used, { [POOL]: name, [STATE]: "used" })
        to.observe(max, stats.max, { [POOL]: name })
        to.observe(idleMin, stats.min, { [POOL]: name })
        to.observe(pending, stats.waiting, { [POOL]: name })
      }
    }
    const observed = [count, max, idleMin, pending]
    meter.addBatchObservableCallback(observe, observed)
    this.#stop = () => meter.removeBatchObservableCallback(observe, observed)
  }

  opened(pool: ConnectionPool): void {
    this.#pools.add(pool)
  }

  closed(pool: ConnectionPool): void {
    this.#pools.delete(pool)
  }

  stop(): void {
    this.#stop()
    this.#pools.clear()
  }

  connected(pool: string, durationMs: number): void {
    this.#instruments.create.record(durationMs / 1000, { [POOL]: pool })
  }

  acquired(pool: string, waitMs: number): void {
    this.#instruments.wait.record(waitMs / 1000, { [POOL]: pool })
  }

  released(pool: string, heldMs: number): void {
    this.#instruments.use.record(heldMs / 1000, { [POOL]: pool })
  }

  acquireFailed(pool: string, error: unknown): void {
    if ((error as { code?: unknown } | undefined)?.code === "PGSD_ACQUIRE_TIMEOUT") this.#instruments.timeouts.add(1, { [POOL]: pool })
  }

  statementBegins(statement: PoolQueryTrace): void {
    this.#startedAt.set(statement, performance.now())
  }

  statementEnds(statement: PoolQueryTrace): void {
    const startedAt = this.#startedAt.get(statement)
    if (startedAt === undefined) return
    const { connection, sql, error } = statement
    const attributes = { ...ofMetric(placeOf(connection)), "db.operation.name": operationOf(sql), ...failureOf(error) }
    this.#instruments.operation.record((performance.now() - startedAt) / 1000, attributes)
  }

  /** Two pools of one label are one to a metric: their sums. */
  #byName() {
    const sums = new Map<string, { idle: number; used: number; max: number; min: number; waiting: number }>()
    for (const pool of this.#pools) {
      const { idle, leased, checking, resetting, max, min, waiting } = pool.stats()
      const sum = sums.get(pool.label) ?? { idle: 0, used: 0, max: 0, min: 0, waiting: 0 }
      sum.idle += idle
      sum.used += leased + checking + resetting
      sum.max += max
      sum.min += min
      sum.waiting += waiting
      sums.set(pool.label, sum)
    }
    return sums
  }
}
