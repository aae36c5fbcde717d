import type { Meter } from "@opentelemetry/api"
import type { ConnectionPool, PoolQueryTrace } from "@pgsd/pool"
import { failureOf, ofMetric, placeOf } from "./attributes.ts"
import type { Descriptions } from "./query-text.ts"

const SECONDS = { unit: "s", advice: { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] } }
const POOL = "db.client.connection.pool.name"
const STATE = "db.client.connection.state"

export class Metrics {
  readonly #descriptions: Descriptions
  readonly #pools = new Set<ConnectionPool>()
  readonly #startedAt = new WeakMap<PoolQueryTrace, number>()
  readonly #stop: () => void
  readonly #instruments

  constructor(meter: Meter, descriptions: Descriptions) {
    this.#descriptions = descriptions
    const seconds = (name: string, description: string) => meter.createHistogram(`db.client.${name}`, { ...SECONDS, description })
    this.#instruments = {
      operation: seconds("operation.duration", "Duration of database client operations."),
      create: seconds("connection.create_time", "The time it took to create a new connection."),
      wait: seconds("connection.wait_time", "The time it took to obtain an open connection from the pool."),
      use: seconds("connection.use_time", "The time between borrowing a connection and returning it to the pool."),
      timeouts: meter.createCounter("db.client.connection.timeouts", {
        unit: "{timeout}",
        description: "The number of connection timeouts that have occurred trying to obtain a connection from the pool.",
      }),
    }
    const current = (name: string, unit: string, description: string) =>
      meter.createObservableUpDownCounter(`db.client.connection.${name}`, { unit, description })
    const count = current(
      "count",
      "{connection}",
      "The number of connections that are currently in state described by the state attribute.",
    )
    const max = current("max", "{connection}", "The maximum number of open connections allowed.")
    const idleMin = current("idle.min", "{connection}", "The minimum number of idle open connections allowed.")
    const pending = current("pending_requests", "{request}", "The number of current pending requests for an open connection.")
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
    // A rate needs the value before the first timeout.
    this.#instruments.timeouts.add(0, { [POOL]: pool.label })
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
    const { connection, error } = statement
    const attributes = {
      ...ofMetric(placeOf(connection)),
      "db.query.summary": this.#descriptions.ofAll(statement).summary || undefined,
      ...failureOf(error),
    }
    this.#instruments.operation.record((performance.now() - startedAt) / 1000, attributes)
  }

  /** Pools with the same label are one series: their values are added. */
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
