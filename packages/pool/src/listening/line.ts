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

/** Maximum pause between attempts: notifications sent while a listener is disconnected are lost. */
const LONGEST_PAUSE_MS = 1_000

type Core = PoolCore<PooledConnection, PoolLease>

/** Provides the session of listen(). */
export interface Line {
  /** Reports of the pool. */
  readonly errors: ErrorFactory
  /** Number of open sessions not counted elsewhere. */
  readonly open: number
  /** Whether the session is exclusive; otherwise it is the pool's only one, shared with its callers. */
  readonly own: boolean
  /** Waits for a session without a limit. @throws a permanent connect error, before the first session; `signal.reason` */
  connect(signal: AbortSignal): Promise<Connection>
  /** Runs `work` when the session is free. @throws `signal.reason` */
  use<T>(connection: Connection, signal: AbortSignal, work: () => Promise<T>): Promise<T>
  /** Closes gracefully. Never rejects. */
  leave(): Promise<void>
  /** Closes immediately: it is no longer usable. */
  destroy(connection: Connection, error: unknown): void
  close(timeoutMs: number): Promise<void>
}

/** What a line needs from its hub. */
export interface LineHost {
  /** The setup of a new session, within its attempt. */
  prepare(connection: Connection): Promise<void> | undefined
  /** Whether a listener that has started waits for the session: no error may end that. */
  mustComeBack(): boolean
}

/** A separate core with one slot, so that attempts, pauses, errors and closing work as in the pool. */
export class OwnLine implements Line {
  readonly own = true
  readonly errors: ErrorFactory
  readonly #core: Core
  readonly #port: ConnectionPort
  #lease: PoolLease | undefined

  /** @param ofPool its settings
   * @param total of the pool, for events that include it */
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

  // A listener that has started has no caller that could be told to retry.
  override isPermanent(error: unknown): boolean {
    return !this.#line.mustComeBack() && super.isPermanent(error)
  }
}

/** What a shared line needs from the pool. */
export interface SharedPool {
  acquire(signal: AbortSignal): Promise<PoolLease>
  /** Whether its only connection must be kept open. */
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
