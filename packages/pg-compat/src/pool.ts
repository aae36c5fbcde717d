import type { EventEmitter } from "node:events"
import type { Connection } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { type ConnectionPool, createConnectionPool, type Lease, type PoolSource } from "@pgsd/pool"
import pg from "pg"
import { answer, type NodeCallback } from "./answer.ts"
import { type MemberClient, memberClass } from "./client.ts"
import { connectionOf, type Parameters, parametersOf } from "./connection.ts"
import { endedError, toPgError } from "./errors.ts"
import { checkOptions, type PoolConfig, readNumbers } from "./options.ts"
import { outside } from "./outside.ts"
import { RetryWindow } from "./retry-window.ts"
import { strictHandle } from "./strict-handle.ts"

const DEFAULTS = { connectTimeoutMs: 10_000, resetTimeoutMs: 30_000, closeTimeoutMs: 30_000 } as const

type ConnectCallback = (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void

/** A client of the pool, with what pg-pool records about it. */
interface Member {
  readonly client: MemberClient
  /** By performance.now(). */
  readonly expiresAt: number
  uses: number
  leased: boolean
  /** Its connection has ended. */
  dead: boolean
}

/** The inherited part of pg-pool's class: its parsing of options, and that it is the base class. */
type Base = new (
  options: PoolConfig,
) => EventEmitter & {
  readonly options: pg.PoolOptions & Pick<PoolConfig, "log">
  ending: boolean
  ended: boolean
}

/** pg.Pool's interface; the exported type is {@link Pool}. */
export class CompatPool extends (pg.Pool as unknown as Base) {
  readonly pgsd: ConnectionPool
  readonly #config: PoolConfig
  readonly #retryWindow: RetryWindow
  readonly #lifetimeMs: number
  readonly #members = new WeakMap<object, Member>()
  readonly #leased = new Set<Member>()

  constructor(config: PoolConfig = {}) {
    checkOptions(config)
    super(config)
    readNumbers(this.options)
    this.#config = config
    const { connectionTimeoutMillis: timeoutMs, maxLifetimeSeconds, allowExitOnIdle, max, min, idleTimeoutMillis } = this.options
    this.#retryWindow = new RetryWindow(config.failFast ?? false, Boolean(timeoutMs))
    this.#lifetimeMs = maxLifetimeSeconds ? maxLifetimeSeconds * 1_000 : Number.POSITIVE_INFINITY
    this.pgsd = createConnectionPool({
      ...this.#source(),
      acquireTimeoutMs: timeoutMs || Number.POSITIVE_INFINITY,
      connectTimeoutMs: timeoutMs || DEFAULTS.connectTimeoutMs,
      idleTimeoutMs: idleTimeoutMillis || Number.POSITIVE_INFINITY,
      maxLifetimeMs: this.#lifetimeMs,
      maxLifetimeJitter: 0,
      resetTimeoutMs: DEFAULTS.resetTimeoutMs,
      closeTimeoutMs: DEFAULTS.closeTimeoutMs,
      unrefIdle: allowExitOnIdle,
      ...config.pgsd,
      max,
      min: min ?? 0,
      onConnect: (connection) => this.#connected(connection),
      isPermanent: (error) => this.#retryWindow.isOver(error),
    })
  }

  #source(): PoolSource {
    const { connection, open, Client = pg.Client, types } = this.#config
    if (open !== undefined) return { open }
    const MemberClass = memberClass(Client as typeof pg.Client)
    // Read once rather than for each client: a connection string may name certificate files.
    let parameters: Parameters | undefined
    const read = () => {
      const options = this.#read()
      parameters = parametersOf(options)
      return connectionOf(options, parameters)
    }
    const client = (config: Readonly<Record<string, unknown>>) =>
      new MemberClass({ ...config, types, query_timeout: (parameters ?? this.#config).query_timeout })
    return { driver: pgDriver({ client }), connection: connection ?? read }
  }

  /** Includes later changes to `pool.options`. */
  #read(): PoolConfig {
    return Object.assign({}, this.options, { password: this.options.password })
  }

  /** A connection was opened, or its session was reset. */
  async #connected(connection: Connection): Promise<void> {
    this.#retryWindow.connected()
    const client = connection.native as MemberClient
    if (!(client instanceof pg.Client)) throw new TypeError("`open` must return a connection of @pgsd/driver-pg")
    const { onConnect, verify } = this.#config
    const isNew = !this.#members.has(client)
    const expiresAt = performance.now() + this.#lifetimeMs
    await onConnect?.(client)
    if (isNew) {
      const member: Member = { client, uses: 0, expiresAt, leased: false, dead: false }
      this.#members.set(client, member)
      connection.onClose((error) => this.#closed(member, error))
      this.#log("new client connected")
    }
    this.#emit("connect", client)
    if (isNew && verify !== undefined)
      await new Promise<void>((resolve, reject) => verify(client, (error) => (error ? reject(error) : resolve())))
    // A listener that sends a SET without awaiting it: an empty query after it marks its completion.
    if (connection.status === "busy") await connection.query("")
  }

  #closed(member: Member, error: Error | undefined): void {
    const { client, leased } = member
    member.dead = true
    // Without a listener it would end the process; holders of the client have its own event.
    if (error !== undefined && !leased && this.listenerCount("error") > 0)
      this.#emit("error", Object.assign(toPgError(error), { client }), client)
    this.#log("client removed")
    this.#emit("remove", client)
  }

  connect(callback?: ConnectCallback): unknown {
    const done = callback && ((error: Error | undefined, client?: unknown) => callback(error, ...lent(client as pg.PoolClient | undefined)))
    return answer(this.#borrow(), done as NodeCallback | undefined, this.#config.Promise)
  }

  query(statement: unknown, values?: unknown, callback?: unknown): unknown {
    if (typeof statement === "function") {
      const error = new Error("Passing a function as the first parameter to pool.query is not supported")
      return answer(Promise.reject(error), statement as NodeCallback, this.#config.Promise)
    }
    const done = (typeof values === "function" ? values : callback) as NodeCallback | undefined
    return answer(this.#query(statement, typeof values === "function" ? undefined : values), done, this.#config.Promise)
  }

  async #query(statement: unknown, values: unknown): Promise<unknown> {
    const client = await this.#borrow()
    try {
      return await new Promise((resolve, reject) => {
        const settle = (error: unknown, result: unknown) => (error ? reject(error) : resolve(result))
        client.query(statement as string, values as never, settle as never)
      })
    } catch (error) {
      // As in pg: the stack from here leads to the caller; one from the socket would not.
      if (error instanceof Error) Error.captureStackTrace(error)
      throw error
    } finally {
      client.release()
    }
  }

  end(callback?: NodeCallback): unknown {
    if (this.ending) return answer(Promise.reject(new Error("Called end on pool more than once")), callback, this.#config.Promise)
    this.ending = true
    this.#log("ending")
    const closing = this.pgsd.close().then(() => {
      this.ended = true
    })
    return answer(closing, callback, this.#config.Promise)
  }

  /** As in pg, a client whose connection has ended counts until it is released. */
  get totalCount(): number {
    const { total, closing } = this.pgsd.stats()
    return total - closing + [...this.#leased].filter(({ dead }) => dead).length
  }

  get idleCount(): number {
    return this.pgsd.stats().idle
  }

  get waitingCount(): number {
    return this.pgsd.stats().waiting
  }

  get expiredCount(): number {
    const now = performance.now()
    return [...this.#leased].filter(({ expiresAt }) => expiresAt <= now).length
  }

  async #borrow(): Promise<pg.PoolClient> {
    if (this.ending) throw endedError()
    const lease = this.pgsd.tryAcquire() ?? (await this.#wait())
    return this.#lend(lease)
  }

  async #wait(): Promise<Lease> {
    try {
      return await this.pgsd.acquire()
    } catch (error) {
      throw toPgError(error)
    }
  }

  #lend(lease: Lease): pg.PoolClient {
    const native = lease.native as MemberClient
    const member = this.#members.get(native)!
    member.leased = true
    this.#leased.add(member)
    let released = false
    const release = (error?: unknown): void => {
      if (released) throw new Error("Release called on client which has already been released to the pool.")
      released = true
      strict?.kill()
      this.#log("client released")
      this.#emit("release", error, client)
      this.#giveBack(lease, member, Boolean(error))
    }
    const strict = this.#config.strict ? strictHandle(native, release) : undefined
    const client = strict?.client ?? native
    if (strict === undefined) native.release = release
    this.#log("client acquired")
    this.#emit("acquire", client)
    return client
  }

  #giveBack(lease: Lease, member: Member, remove: boolean): void {
    member.leased = false
    this.#leased.delete(member)
    member.uses += 1
    const { maxUses = Number.POSITIVE_INFINITY } = this.options
    if (member.uses >= maxUses) this.#log("remove expended client")
    if (remove || member.client.endedByCaller || member.uses >= maxUses) void lease.close()
    else lease.release()
  }

  /** An exception of a listener is an uncaught exception, as in pg, rather than a fault of the pool. */
  #emit(event: string, ...values: unknown[]): void {
    if (this.listenerCount(event) > 0) outside(() => this.emit(event, ...values))
  }

  #log(text: string): void {
    this.options.log?.(text)
  }
}

function lent(client: pg.PoolClient | undefined): [client: pg.PoolClient | undefined, done: (release?: unknown) => void] {
  return [client, (client?.release as (release?: unknown) => void) ?? (() => {})]
}
