import {
  abortable,
  type Connection,
  isFatal,
  limit,
  type Notification,
  type PgsdError,
  QueryError,
  type QueryResult,
  quoteIdentifier,
} from "@pgsd/driver"
import { checkChannel, labelled } from "@pgsd/driver/calls"
import type { Listening, ListenOptions } from "../connection-pool.ts"
import { invalidOption, PoolError } from "../errors.ts"
import type { Resolved } from "../options.ts"
import { Heartbeat } from "./heartbeat.ts"
import type { Line, LineHost } from "./line.ts"
import { Subscription, type SubscriptionHost } from "./subscription.ts"

const HEARTBEAT_MS = 30_000

type Handler = (notification: Notification) => void | Promise<void>

/** The channels that are active on one connection. */
class ListeningSession {
  readonly connection: Connection
  readonly channels = new Set<string>()
  over = false
  readonly #ended = new AbortController()

  constructor(connection: Connection) {
    this.connection = connection
  }

  /** Aborts when it ends. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  end(): void {
    this.over = true
    this.#ended.abort()
  }
}

/**
 * All listeners of a pool. `#channels` has the wanted state, the session the active one; a single loop at a time reconciles the two,
 * whatever changes in the meantime.
 */
export class ListenHub implements SubscriptionHost, LineHost {
  readonly #settings: Resolved
  readonly #line: Line
  readonly #heartbeat: Heartbeat
  readonly #subscriptions = new Set<Subscription>()
  /** The subscriptions of each channel. */
  readonly #channels = new Map<string, Set<Subscription>>()
  readonly #sessions = new WeakMap<Connection, ListeningSession>()
  #session: ListeningSession | undefined
  /** The loop, while there is something to do. */
  #working: Promise<void> | undefined
  /** Aborts the wait for a session that no listener needs any more. */
  #connecting: AbortController | undefined
  #closed = false

  constructor(settings: Resolved, lineOf: (host: LineHost) => Line) {
    this.#settings = settings
    this.#line = lineOf(this)
    this.#heartbeat = new Heartbeat(settings.clock, () => void this.#ask())
  }

  /** Number of sessions in addition to `max`. */
  get open(): number {
    return this.#line.open
  }

  /** The options are validated. */
  async listen(names: string | readonly string[], handler: Handler, options: ListenOptions): Promise<Listening> {
    const { acquireTimeoutMs: timeoutMs = this.#settings.acquireTimeoutMs, signal, heartbeatMs = HEARTBEAT_MS, onGap } = options
    const { clock, label } = this.#settings
    try {
      const channels = this.#checked(names, handler)
      if (this.#closed) throw this.#line.errors.closed()
      signal?.throwIfAborted()
      const subscription = new Subscription(this, channels, handler, heartbeatMs, onGap)
      this.#enter(subscription)
      const bounds = limit(signal, timeoutMs, () => this.#line.errors.notListening(timeoutMs), clock)
      try {
        await abortable(subscription.begun, bounds.signal)
      } catch (error) {
        void subscription.close()
        throw error
      } finally {
        bounds.end()
      }
      subscription.endWith(signal)
      return subscription
    } catch (error) {
      throw labelled(label, error, signal)
    }
  }

  #checked(names: string | readonly string[], handler: unknown): readonly string[] {
    const { label, pooler, single, reset } = this.#settings
    if (typeof handler !== "function") throw invalidOption("the handler of listen() must be a function")
    const channels = [...new Set<string>(Array.isArray(names) ? names : [names])]
    if (channels.length === 0) throw invalidOption("listen() needs a channel")
    for (const channel of channels) checkChannel(channel)
    if (pooler === "transaction")
      throw behindPooler(label, 'the pool is said to be behind a pooler in transaction mode (pooler: "transaction")')
    if (single && reset === "session")
      throw invalidOption('listen() is not possible with reset: "session" where all connections share one session: each reset ends LISTEN')
    return channels
  }

  #enter(subscription: Subscription): void {
    this.#subscriptions.add(subscription)
    for (const channel of subscription.channels) {
      const wanting = this.#channels.get(channel)
      if (wanting === undefined) this.#channels.set(channel, new Set([subscription]))
      else wanting.add(subscription)
    }
    this.#work()
  }

  async leave(subscription: Subscription): Promise<void> {
    if (!this.#subscriptions.delete(subscription)) return
    for (const channel of subscription.channels) {
      const wanting = this.#channels.get(channel)!
      wanting.delete(subscription)
      if (wanting.size === 0) this.#channels.delete(channel)
    }
    if (this.#subscriptions.size === 0) this.#connecting?.abort()
    this.#work()
    await this.#told()
  }

  /** Resolves when the server is up to date, or there is no session. Bounded. */
  async #told(): Promise<void> {
    const session = this.#session
    if (session === undefined && this.#subscriptions.size > 0) return
    const { closeTimeoutMs, clock } = this.#settings
    const bounds = limit(session?.ended, closeTimeoutMs, () => undefined, clock)
    await abortable(this.#working ?? Promise.resolve(), bounds.signal).catch(() => {})
    bounds.end()
  }

  /** Replaces the session, as evict() does with the pool's connections. */
  renew(): void {
    if (this.#session === undefined || !this.#line.own) return
    this.#ended(this.#session, undefined)
    void this.#line.leave()
  }

  /** Ends all listeners and the session. Always resolves. */
  async close(timeoutMs: number): Promise<void> {
    this.#closed = true
    const error = this.#line.errors.closed()
    for (const subscription of [...this.#subscriptions]) subscription.refuse(error)
    await this.#line.close(timeoutMs)
    this.#heartbeat.stop()
  }

  // Called by the subscriptions and the line.

  isInForce(channels: readonly string[]): boolean {
    const session = this.#session
    return session !== undefined && channels.every((channel) => session.channels.has(channel))
  }

  mustComeBack(): boolean {
    for (const subscription of this.#subscriptions) if (!subscription.starting) return true
    return false
  }

  /** LISTEN is part of the attempt, so that a server that rejects it is not retried without a pause. */
  prepare(connection: Connection): Promise<void> | undefined {
    return this.#subscriptions.size === 0 ? undefined : this.#prepare(this.#sessionOf(connection))
  }

  async #prepare(session: ListeningSession): Promise<void> {
    const { processId } = session.connection.info
    if (this.#line.own && processId !== 0 && this.#settings.pooler !== "session") {
      // Behind a pooler, the backend process differs from the one announced at startup.
      const { rows } = await this.#answered(session, `SELECT pg_catalog.pg_backend_pid() = ${processId} AS own`)
      if (rows[0]?.own === false) throw behindPooler(this.#settings.label, "there is a connection pooler in front of the server")
    }
    const channels = [...this.#channels.keys()]
    if (channels.length > 0) await this.#answered(session, statements(channels, []))
    for (const channel of channels) session.channels.add(channel)
  }

  #sessionOf(connection: Connection): ListeningSession {
    const known = this.#sessions.get(connection)
    if (known !== undefined) return known
    const session = new ListeningSession(connection)
    this.#sessions.set(connection, session)
    connection.onNotification((notification) => this.#heard(session, notification))
    connection.onClose((error) => this.#ended(session, error))
    return session
  }

  #heard(session: ListeningSession, notification: Notification): void {
    if (session.over) return
    this.#heartbeat.heard()
    for (const subscription of this.#channels.get(notification.channel) ?? []) subscription.tell(notification)
  }

  // The loop.

  #work(): void {
    const shortest = Math.min(...[...this.#subscriptions].map(({ heartbeatMs }) => heartbeatMs))
    if (this.#session !== undefined && this.#line.own) this.#heartbeat.start(shortest)
    this.#working ??= this.#adjust()
  }

  async #adjust(): Promise<void> {
    // Requests of one turn share a round trip.
    await Promise.resolve()
    for (let step = this.#step(); step !== undefined; step = this.#step()) await step
    // In the same turn as the check that found nothing to do: a later request starts the loop again.
    this.#working = undefined
  }

  /** Starts the next operation, if there is one. Never rejects. */
  #step(): Promise<void> | undefined {
    const session = this.#session
    const wanted = this.#subscriptions.size > 0
    if (session === undefined) return wanted ? this.#connect() : undefined
    // Its only session ends with the pool.
    if (this.#closed && !this.#line.own) return undefined
    const added = [...this.#channels.keys()].filter((channel) => !session.channels.has(channel))
    const removed = [...session.channels].filter((channel) => !this.#channels.has(channel))
    if (!wanted && (this.#line.own || removed.length === 0)) return this.#leave(session)
    if (added.length + removed.length > 0) return this.#change(session, added, removed)
    this.#settle(session)
    return undefined
  }

  async #connect(): Promise<void> {
    const connecting = new AbortController()
    this.#connecting = connecting
    try {
      const connection = await this.#line.connect(connecting.signal)
      const session = this.#sessionOf(connection)
      // It may have been lost while it was passed on.
      if (!session.over) this.#begin(session)
    } catch (error) {
      if (!connecting.signal.aborted) this.#refuseStarting(() => true, error)
    }
    this.#connecting = undefined
  }

  #begin(session: ListeningSession): void {
    this.#session = session
    this.#heartbeat.heard()
    this.#work()
    this.#settle(session)
  }

  async #change(session: ListeningSession, added: readonly string[], removed: readonly string[]): Promise<void> {
    try {
      await this.#line.use(session.connection, session.ended, async () => void (await this.#answered(session, statements(added, removed))))
      for (const channel of added) session.channels.add(channel)
      for (const channel of removed) session.channels.delete(channel)
      this.#settle(session)
    } catch (error) {
      if (session.over) return
      const refused = error instanceof QueryError && !isFatal(error) && session.connection.status === "idle"
      // With several statements in one string, all or none take effect.
      const told = refused && this.#refuseStarting((channels) => channels.some((channel) => added.includes(channel)), error)
      if (!told) this.#giveUp(session, error)
    }
  }

  async #leave(session: ListeningSession): Promise<void> {
    // If shared, it belongs to others, too: it continues without LISTEN.
    if (this.#line.own) this.#ended(session, undefined)
    else this.#session = undefined
    await this.#line.leave()
  }

  /** Rejects subscriptions that have not started yet. @returns whether there was one */
  #refuseStarting(concerned: (channels: readonly string[]) => boolean, error: unknown): boolean {
    const starting = [...this.#subscriptions].filter((each) => each.starting && concerned(each.channels))
    for (const subscription of starting) subscription.refuse(error)
    return starting.length > 0
  }

  #settle(session: ListeningSession): void {
    const now = this.#settings.clock.now()
    for (const subscription of [...this.#subscriptions])
      if (subscription.channels.every((channel) => session.channels.has(channel))) subscription.inForce(now)
  }

  #ended(session: ListeningSession, error: PgsdError | undefined): void {
    session.end()
    if (session !== this.#session) return
    this.#session = undefined
    this.#heartbeat.stop()
    const now = this.#settings.clock.now()
    for (const subscription of this.#subscriptions) subscription.lost(now, error)
    this.#work()
  }

  #giveUp(session: ListeningSession, error: unknown): void {
    if (session.over) return
    this.#ended(session, error as PgsdError)
    this.#line.destroy(session.connection, error)
  }

  /** Something was received. */
  async #ask(): Promise<void> {
    const session = this.#session
    if (session === undefined) return
    try {
      await this.#answered(session, "")
      if (!session.over) this.#work()
    } catch (error) {
      this.#giveUp(session, error)
    }
  }

  /** The only way to query a session: within a time limit, or it is unusable. */
  async #answered(session: ListeningSession, sql: string): Promise<QueryResult> {
    const { validateTimeoutMs, clock } = this.#settings
    const bounds = limit(undefined, validateTimeoutMs, () => this.#line.errors.listenerSilent(validateTimeoutMs), clock)
    try {
      const result = await abortable(session.connection.query(sql), bounds.signal)
      this.#heartbeat.heard()
      return result
    } finally {
      bounds.end()
    }
  }
}

function statements(added: readonly string[], removed: readonly string[]): string {
  return [
    ...added.map((channel) => `LISTEN ${quoteIdentifier(channel)}`),
    ...removed.map((channel) => `UNLISTEN ${quoteIdentifier(channel)}`),
  ].join("; ")
}

function behindPooler(label: string, fact: string): PoolError {
  return new PoolError("PGSD_LISTEN_REFUSED", `${label}: LISTEN needs a session of its own: ${fact}`, {
    label,
    hint: 'listen over a pool that connects to the server itself; if the pooler is in session mode, say pooler: "session"',
  })
}
