import { checkRetryPolicy, type DatabaseConnector, type PreflightReport } from "@pgsd/connector"
import { abortable, flag, followAll, limit, milliseconds, type Notification, PgsdError, refuseUnknownOptions } from "@pgsd/driver"
import { type ConnectionPool, type Listening, type ListenOptions, PoolError } from "@pgsd/pool"
import type { DefaultName, DriverChoice, ManagerConfiguration } from "./configuration.ts"
import type { Database } from "./database.ts"
import type {
  CloseAllOptions,
  DatabaseManager,
  GetConnectionOptions,
  GetNamedConnection,
  InitializeOptions,
  ManagerState,
  ManagerStats,
  VerifyOptions,
} from "./database-manager.ts"
import { publish } from "./diagnostics.ts"
import { entriesOf } from "./entries.ts"
import { ManagerError } from "./errors.ts"
import { type FirstConnectionPolicy, openFirstConnections } from "./first-connections.ts"
import type { MemoryManager } from "./memory/memory-manager.ts"
import { Registry } from "./registry.ts"

export interface DatabaseManagerOptions<Name extends string = DefaultName> {
  /** One driver for all databases, or a function of the name. */
  readonly driver: DriverChoice<Name>
  /** getConnection() works without initialize(), and opens pools on demand. @default false */
  readonly lazy?: boolean | undefined
  /** Retries of initialize(). @default 3 attempts, pauses of up to 1 s and 2 s, for `retryable` errors */
  readonly retry?: FirstConnectionPolicy | undefined
  /** Closes idle connections of all databases when memory runs low. */
  readonly memory?: MemoryManager | undefined
}

const DEFAULTS = { closeTimeoutMs: 5_000 } as const

/** Time to destroy the connections after the deadline, in ms. */
const CLOSE_GRACE_MS = 1_000

const OPTIONS = ["driver", "lazy", "retry", "memory"] as const satisfies readonly (keyof DatabaseManagerOptions)[]
const RETRY_OPTIONS = [
  "maxAttempts",
  "baseDelayMs",
  "maxDelayMs",
  "deadlineMs",
  "onFailure",
  "random",
  "clock",
] as const satisfies readonly (keyof FirstConnectionPolicy)[]
const INITIALIZE_OPTIONS = ["signal"] as const satisfies readonly (keyof InitializeOptions)[]
const CONNECTION_OPTIONS = ["signal", "acquireTimeoutMs"] as const satisfies readonly (keyof GetConnectionOptions)[]
const CLOSE_OPTIONS = ["timeoutMs"] as const satisfies readonly (keyof CloseAllOptions)[]

/**
 * Creates a manager for every database in `configuration`. It opens nothing yet, but rejects what can never work.
 *
 * @throws PgsdError PGSD_INVALID_OPTION, PGSD_INVALID_TARGET, PGSD_UNSUPPORTED, with the database's name as `label` if it concerns one
 */
export function createDatabaseManager<Name extends string = DefaultName>(
  configuration: ManagerConfiguration<Name>,
  options: DatabaseManagerOptions<Name>,
): DatabaseManager<Name> {
  refuseUnknownOptions("option of a database manager", options ?? {}, OPTIONS)
  checkOptions(options ?? {})
  return new Manager(new Registry(entriesOf(configuration, options?.driver)), options)
}

function checkOptions({ lazy = false, retry = {}, memory }: Omit<Partial<DatabaseManagerOptions>, "driver">): void {
  flag("lazy", lazy)
  refuseUnknownOptions("option of retry", retry, RETRY_OPTIONS)
  checkRetryPolicy(retry)
  if (memory !== undefined && typeof memory?.onPressure !== "function")
    throw new PgsdError("PGSD_INVALID_OPTION", "memory must be the result of createMemoryManager()")
}

class Manager<Name extends string> implements DatabaseManager<Name> {
  readonly names: readonly Name[]
  readonly getSourceConnection = this.#connectionOf("source") as DatabaseManager<Name>["getSourceConnection"]
  readonly getTargetConnection = this.#connectionOf("target") as DatabaseManager<Name>["getTargetConnection"]
  readonly #registry: Registry<Name>
  readonly #lazy: boolean
  readonly #retry: FirstConnectionPolicy
  readonly #forgetMemory: () => void
  /** Aborts work in progress when the manager closes. */
  readonly #life = new AbortController()
  #state: ManagerState = "new"
  /** Set by initialize(), or in lazy mode by the first connection. */
  #initialized = false
  #initializing: Promise<void> | undefined
  /** Aborts #initializing: the signal of the call that started it. */
  #initiator: AbortSignal | undefined
  #closing: Promise<void> | undefined

  constructor(registry: Registry<Name>, options: DatabaseManagerOptions<Name>) {
    this.#registry = registry
    this.names = registry.names
    this.#lazy = options.lazy ?? false
    this.#retry = options.retry ?? {}
    this.#forgetMemory = options.memory?.onPressure(() => this.closeIdle()) ?? (() => {})
  }

  get state(): ManagerState {
    return this.#state
  }

  async initialize(options: InitializeOptions = {}): Promise<void> {
    refuseUnknownOptions("option of initialize", options, INITIALIZE_OPTIONS)
    this.#refuseClosed()
    options.signal?.throwIfAborted()
    if (this.#initialized) return
    const begins = this.#initializing === undefined
    if (begins) this.#initiator = options.signal
    this.#initializing ??= this.#openAll(options.signal).finally(() => {
      this.#initializing = undefined
    })
    const initiator = this.#initiator
    try {
      await abortable(this.#initializing, options.signal)
    } catch (error) {
      // The call that started it was aborted; this one was not.
      if (!begins && initiator?.aborted && error === initiator.reason && !options.signal?.aborted) return this.initialize(options)
      throw error
    }
  }

  async #openAll(signal: AbortSignal | undefined): Promise<void> {
    // Ready in lazy mode: databases that have connections keep them even if others fail.
    const before = this.#state
    this.#become("initializing")
    const stop = new AbortController()
    const unfollow = followAll([signal, this.#life.signal], stop)
    try {
      await openFirstConnections(
        this.#registry.databases.filter((database) => !database.isOpen),
        this.#retry,
        stop.signal,
      )
      this.#initialized = true
      this.#become("ready")
    } catch (error) {
      if (!this.#life.signal.aborted) this.#become(before)
      throw error
    } finally {
      unfollow()
    }
  }

  getPool(name: Name): ConnectionPool {
    const database = this.#registry.get(name)
    this.#refuseUnready(name)
    if (this.#state === "new") this.#become("ready")
    return database.pool()
  }

  async listen(
    name: Name,
    channels: string | readonly string[],
    handler: (notification: Notification) => void | Promise<void>,
    options?: ListenOptions,
  ): Promise<Listening> {
    return this.getPool(name).listen(channels, handler, options)
  }

  #connectionOf(name: DefaultName): GetNamedConnection {
    return (options) => this.getConnection(name as Name, options)
  }

  async getConnection(name: Name, options: GetConnectionOptions = {}): Promise<DatabaseConnector> {
    refuseUnknownOptions("option of getConnection", options, CONNECTION_OPTIONS)
    const database = this.#registry.get(name)
    this.#refuseClosed()
    const wait = this.#initializing === undefined ? options : await this.#afterInitialize(database, options)
    this.#refuseUnready(name)
    const connector = await database.connector(wait)
    if (this.#state === "new") this.#become("ready")
    return connector
  }

  /**
   * Waits for initialize(), as part of the wait for a connection. In lazy mode its failure does not affect the caller; the abort of another
   * caller never does. @returns the options with the remaining time
   */
  async #afterInitialize(database: Database, { signal, acquireTimeoutMs = database.acquireTimeoutMs }: GetConnectionOptions) {
    const since = performance.now()
    const timeoutMs = milliseconds("acquireTimeoutMs", acquireTimeoutMs)
    const bounds = limit(signal, timeoutMs, () => stillInitializing(database.name, timeoutMs))
    try {
      while (this.#initializing !== undefined) {
        const initiator = this.#initiator
        await abortable(this.#initializing, bounds.signal).catch((error: unknown) => {
          if (bounds.signal?.aborted || !(this.#lazy || (initiator?.aborted && error === initiator.reason))) throw error
        })
      }
    } finally {
      bounds.end()
    }
    return { signal, acquireTimeoutMs: Math.max(1, timeoutMs - (performance.now() - since)) }
  }

  async verifyConnections(options: VerifyOptions = {}): Promise<Readonly<Record<Name, PreflightReport>>> {
    this.#refuseClosed()
    const stop = new AbortController()
    const unfollow = followAll([options.signal, this.#life.signal], stop)
    try {
      const verified = this.#registry.databases.map(async (database) => {
        return [database.name, await database.verify({ ...options, signal: stop.signal })] as const
      })
      return Object.fromEntries(await Promise.all(verified)) as Record<Name, PreflightReport>
    } finally {
      unfollow()
    }
  }

  async closeIdle(): Promise<number> {
    const closed = await Promise.all(this.#registry.databases.map((database) => database.closeIdle()))
    return closed.reduce((sum, each) => sum + each, 0)
  }

  async closeAll(options: CloseAllOptions = {}): Promise<void> {
    refuseUnknownOptions("option of closeAll", options, CLOSE_OPTIONS)
    const timeoutMs = milliseconds("timeoutMs", options.timeoutMs ?? DEFAULTS.closeTimeoutMs)
    this.#closing ??= this.#close(timeoutMs)
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    return this.closeAll()
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#become("closing")
    this.#forgetMemory()
    this.#life.abort(this.#closedError())
    // Pools and connections have timeouts of their own; this one covers drivers that exceed theirs.
    const bounds = limit(undefined, timeoutMs + CLOSE_GRACE_MS, () => this.#closedError())
    await abortable(this.#closeInTurn(timeoutMs), bounds.signal).catch(() => {})
    bounds.end()
    this.#become("closed")
  }

  async #closeInTurn(timeoutMs: number): Promise<void> {
    const end = performance.now() + timeoutMs
    // initialize() closes what it has opened so far.
    await this.#initializing?.catch(() => {})
    // One after another, within one deadline: the later ones have had the same time to finish their work.
    for (const database of [...this.#registry.databases].reverse()) await database.close(Math.max(1, end - performance.now()))
  }

  stats(): ManagerStats<Name> {
    return { state: this.#state, databases: this.#registry.stats() }
  }

  #become(state: ManagerState): void {
    const before = this.#state
    this.#state = state
    publish("pgsd:manager:state", () => ({ state, before }))
  }

  #refuseClosed(): void {
    if (this.#closing !== undefined) throw this.#closedError()
  }

  #closedError(): ManagerError {
    return new ManagerError("PGSD_MANAGER_CLOSED", "this manager was closed", {
      hint: "create another one: a closed manager cannot be reopened",
    })
  }

  #refuseUnready(name: Name): void {
    this.#refuseClosed()
    if (this.#lazy || this.#state === "ready") return
    throw new ManagerError("PGSD_NOT_INITIALIZED", `a connection of "${name}" was requested before initialize()`, {
      label: name,
      hint: "await manager.initialize() first, or create the manager with { lazy: true }",
    })
  }
}

function stillInitializing(label: string, timeoutMs: number): PoolError {
  const text = `${label}: no connection after ${Math.round(timeoutMs)} ms: initialize() is still in progress`
  return new PoolError("PGSD_ACQUIRE_TIMEOUT", text, { label, retryable: true })
}
