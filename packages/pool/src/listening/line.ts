import { type Connection, pause } from "@pgsd/driver"
import type { ConnectionPool } from "../connection-pool.ts"
import { ConnectionPort } from "../connection-port.ts"
import { FailurePolicy } from "../core/failure-policy.ts"
import { PoolCore } from "../core/pool-core.ts"
import { ErrorFactory } from "../error-factory.ts"
import { LeakWatch } from "../leak-watch.ts"
import type { PoolLease } from "../lease.ts"
import { Lending } from "../lending.ts"
import { type Resolved, withLabelOf } from "../options.ts"
import type { PooledConnection } from "../pooled-connection.ts"
import type { Source } from "../source.ts"
import { statsOf } from "../stats.ts"

/** What was sent while a listener is away is lost to it: it may not be away for longer than that once the network allows to come back. */
const LONGEST_PAUSE_MS = 1_000

type Core = PoolCore<PooledConnection, PoolLease>

/** Where the session of listen() comes from. */
export interface Line {
  /** What the pool says of it. */
  readonly errors: ErrorFactory
  /** Open sessions that are counted in nothing else. */
  readonly open: number
  /** The session is one's own; else it is the pool's only one, and its callers' as well. */
  readonly own: boolean
  /** Waits for a session as long as it takes. @throws a permanent connect error, while nothing has begun; `signal.reason` */
  connect(signal: AbortSignal): Promise<Connection>
  /** Runs `work` when the session is free. @throws `signal.reason` */
  use<T>(connection: Connection, signal: AbortSignal, work: () => Promise<T>): Promise<T>
  /** Politely. Never rejects. */
  leave(): Promise<void>
  /** It is of no use: at once. */
  destroy(connection: Connection, error: unknown): void
  close(timeoutMs: number): Promise<void>
}

/** What a line needs of the hub it serves. */
export interface LineHost {
  /** What is done to a new session within its attempt. */
  prepare(connection: Connection): Promise<void> | undefined
  /** A listener that has begun waits for the session to come back: no error may end that. */
  mustComeBack(): boolean
}

/** A core of its own with one place, so that attempts, pauses, errors and endings are those of the pool. */
export class OwnLine implements Line {
  readonly own = true
  readonly errors: ErrorFactory
  readonly #core: Core
  readonly #port: ConnectionPort
  #lease: PoolLease | undefined

  /** @param ofPool its settings
   * @param total of the pool, for the events that say it */
  constructor(pool: ConnectionPool, ofPool: Resolved, source: Source, host: LineHost, total: () => number) {
    const never = Number.POSITIVE_INFINITY
    const own = { max: 1, min: 0, idleTimeoutMs: 0, maxLifetimeMs: never, healthCheckIntervalMs: never, longestPauseMs: LONGEST_PAUSE_MS }
    const settings = withLabelOf({ ...ofPool, ...own }, ofPool)
    this.errors = new ErrorFactory(
      settings,
      () => this.#core,
      () => statsOf(this.#core),
    )
    const lending = new Lending(
      pool,
      settings,
      () => this.#core,
      new LeakWatch(pool, settings.clock, never),
      () => {},
      false,
    )
    this.#port = new ListeningPort(
      settings,
      source,
      this.errors,
      lending,
      {
        total,
        waiting: () => 0,
        changed: () => {},
        pool,
        listening: true,
        prepare: ({ connection }) => host.prepare(connection),
      },
      host,
    )
    this.#core = new PoolCore(this.#port, settings)
  }

  get open(): number {
    return this.#core.live
  }

  async connect(signal: AbortSignal): Promise<Connection> {
    this.#lease = await this.#core.wait(Number.POSITIVE_INFINITY, signal, undefined)
    return this.#lease.use().connection
  }

  use<T>(_connection: Connection, _signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return work()
  }

  async leave(): Promise<void> {
    await this.#lease?.close()
  }

  destroy(_connection: Connection, error: unknown): void {
    for (const slot of this.#core.slots) if (slot.resource !== undefined) this.#port.unfit(slot, error)
    this.#lease?.destroy()
  }

  close(timeoutMs: number): Promise<void> {
    return this.#core.close(timeoutMs)
  }
}

class ListeningPort extends ConnectionPort {
  readonly #line: LineHost

  constructor(...[settings, source, errors, lending, host, line]: [...ConstructorParameters<typeof ConnectionPort>, LineHost]) {
    super(settings, source, errors, lending, host)
    this.#line = line
  }

  // A listener that has begun has no caller who could be told to try again.
  override isPermanent(error: unknown): boolean {
    return !this.#line.mustComeBack() && super.isPermanent(error)
  }
}

/** What a shared line needs of the pool. */
export interface SharedPool {
  acquire(signal: AbortSignal): Promise<PoolLease>
  /** Its one connection is kept open, or need not be. */
  keep(on: boolean): void
}

/** The pool's only connection, borrowed for each statement: all connections of its driver share one session. */
export class SharedLine implements Line {
  readonly own = false
  readonly open = 0
  readonly errors: ErrorFactory
  readonly #settings: Resolved
  readonly #pool: SharedPool
  readonly #host: LineHost
  readonly #policy: FailurePolicy

  constructor(settings: Resolved, errors: ErrorFactory, pool: SharedPool, host: LineHost) {
    this.#settings = settings
    this.errors = errors
    this.#pool = pool
    this.#host = host
    this.#policy = new FailurePolicy(1, settings.random, LONGEST_PAUSE_MS)
  }

  async connect(signal: AbortSignal): Promise<Connection> {
    const lease = await this.#borrow(signal)
    try {
      this.#pool.keep(true)
      return lease.use().connection
    } finally {
      lease.release()
    }
  }

  async use<T>(connection: Connection, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const lease = await this.#borrow(signal)
    try {
      if (lease.use().connection !== connection) throw this.errors.lost(undefined)
      return await work()
    } finally {
      lease.release()
    }
  }

  leave(): Promise<void> {
    this.#pool.keep(false)
    return Promise.resolve()
  }

  destroy(connection: Connection): void {
    connection.destroy()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  async #borrow(signal: AbortSignal): Promise<PoolLease> {
    const { clock } = this.#settings
    for (;;) {
      try {
        const lease = await this.#pool.acquire(signal)
        this.#policy.succeeded(clock.now())
        return lease
      } catch (error) {
        if (signal.aborted || !this.#host.mustComeBack()) throw error
        this.#policy.failed(error, false, clock.now())
        await pause(this.#policy.retryAt - clock.now(), clock, signal)
      }
    }
  }
}
