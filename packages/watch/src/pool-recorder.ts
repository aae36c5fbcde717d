import type { Clock } from "@pgsd/driver"
import type { ConnectionPool, PoolChannels, PoolStats } from "@pgsd/pool"
import { failureOf, shortened } from "./failure.ts"
import { History } from "./history.ts"
import { LatencyWindow } from "./latency-window.ts"
import type { Failure, Health, Occurrence, PoolUpdate, Sample } from "./update.ts"

/** Five minutes of samples. */
const MOST_SAMPLES = 1_200
const MOST_OCCURRENCES = 200
const LATENCY_WINDOW_MS = 10_000

type Happening = Pick<Occurrence, "kind" | "text" | "failure" | "sql">

/** The recent history of one pool, within fixed limits. */
export class PoolRecorder {
  readonly pool: ConnectionPool
  readonly #clock: Clock
  readonly #samples = new History<Sample>(MOST_SAMPLES)
  readonly #occurrences = new History<Occurrence>(MOST_OCCURRENCES)
  readonly #acquire: LatencyWindow
  readonly #query: LatencyWindow
  #health: Health | undefined
  #sampledAt: number
  #before: PoolStats
  #queries = 0
  #errors = 0
  #ids = 0
  /** The number of the next sample, which occurrences belong to. */
  #change = 1

  constructor(pool: ConnectionPool, clock: Clock) {
    this.pool = pool
    this.#clock = clock
    this.#sampledAt = clock.now()
    this.#before = pool.stats()
    this.#acquire = new LatencyWindow(LATENCY_WINDOW_MS, this.#sampledAt)
    this.#query = new LatencyWindow(LATENCY_WINDOW_MS, this.#sampledAt)
  }

  /**
   * A handler per channel. No others are subscribed to, because a pool creates no event without a subscriber. Called synchronously by the
   * pool, so it must be fast.
   */
  readonly handlers: { readonly [Channel in keyof PoolChannels]?: (event: PoolChannels[Channel]) => void } = {
    "pgsd:pool:connect": ({ connection, durationMs, total }) =>
      this.#add({
        kind: "connect",
        text: `connected in ${durationMs.toFixed(1)} ms: backend ${connection.processId}, ${total} in the pool`,
      }),
    "pgsd:pool:connect-error": ({ error, waiting }) =>
      this.#fail({ kind: "connect-error", text: `could not connect, ${waiting} waiting`, failure: failureOf(error) }),
    "pgsd:pool:acquire": ({ waitMs }) => this.#acquire.record(waitMs),
    "pgsd:pool:lost": ({ processId, error }) => this.#fail({ kind: "lost", text: `lost backend ${processId}`, failure: failureOf(error) }),
    "pgsd:pool:leak": ({ processId, heldMs, stack }) =>
      this.#fail({
        kind: "leak",
        text: `backend ${processId} is held for ${Math.round(heldMs)} ms`,
        failure: { message: shortened(`taken at ${stack}`) },
      }),
    "pgsd:pool:evict": ({ reason, total }) =>
      this.#add({
        kind: "evict",
        text: `replaces its ${total} connections: ${reason === "read-only" ? "the server is read-only" : reason}`,
      }),
    "pgsd:pool:query": ({ sql, durationMs, error }) => {
      this.#queries++
      this.#query.record(durationMs)
      if (error !== undefined) this.#fail({ kind: "query-error", text: "a query failed", failure: failureOf(error), sql: shortened(sql) })
    },
  }

  /** Closes the interval since the last sample. */
  sample(change: number): void {
    const stats = this.pool.stats()
    const missed = stats.timeouts - this.#before.timeouts
    if (missed > 0) this.#timeouts(missed, stats)
    const now = this.#clock.now()
    const seconds = Math.max(now - this.#sampledAt, 1) / 1000
    this.#samples.add(change, {
      at: this.#wallNow(),
      idle: stats.idle,
      leased: stats.leased,
      connecting: stats.connecting,
      busy: stats.checking + stats.resetting + stats.closing,
      waiting: stats.waiting,
      acquire: this.#acquire.percentiles(now),
      query: this.#query.percentiles(now),
      queriesPerSecond: this.#queries / seconds,
      errorsPerSecond: this.#errors / seconds,
    })
    this.#before = stats
    this.#sampledAt = now
    this.#queries = this.#errors = 0
    this.#change = change + 1
  }

  async checkHealth(signal: AbortSignal): Promise<void> {
    try {
      const { healthy, error } = await this.pool.healthCheck({ signal })
      const failure = error === undefined ? undefined : failureOf(error)
      this.#health = { at: this.#wallNow(), healthy, ...(failure !== undefined && { failure }) }
    } catch (error) {
      if (!signal.aborted) this.#health = { at: this.#wallNow(), healthy: false, failure: failureOf(error) }
    }
  }

  /** Everything after a change, up to the last sample: later events come with the next one. */
  since(change: number): PoolUpdate {
    const until = this.#change - 1
    return {
      label: this.pool.label,
      stats: this.pool.stats(),
      health: this.#health,
      samples: this.#samples.since(change, until),
      occurrences: this.#occurrences.since(change, until),
    }
  }

  // From the pool's counter, which is free: a subscriber of pgsd:pool:acquire-failed slows down every waiting caller.
  #timeouts(count: number, { leased, max, waiting }: PoolStats): void {
    const callers = count === 1 ? "a caller" : `${count} callers`
    const failure: Failure = { message: `${leased} of ${max} connections in use, ${waiting} still waiting`, code: "PGSD_ACQUIRE_TIMEOUT" }
    this.#fail({ kind: "acquire-timeout", text: `${callers} got no connection in time`, failure })
  }

  #fail(happening: Happening): void {
    this.#errors++
    this.#add(happening)
  }

  // Repetitions of the same event are one entry with a count.
  #add(happening: Happening): void {
    const { last } = this.#occurrences
    if (last !== undefined && isSame(last, happening))
      this.#occurrences.replaceLast(this.#change, { ...last, at: this.#wallNow(), count: last.count + 1 })
    else this.#occurrences.add(this.#change, { id: ++this.#ids, at: this.#wallNow(), count: 1, ...happening })
  }

  #wallNow(): number {
    return this.#clock.wallNow?.() ?? this.#clock.now()
  }
}

function isSame(one: Happening, other: Happening): boolean {
  return one.kind === other.kind && one.text === other.text && one.failure?.message === other.failure?.message && one.sql === other.sql
}
