import {
  createDatabaseConnector,
  type DatabaseConnector,
  type PreflightOptions,
  type PreflightReport,
  preflight,
  type RetryPolicy,
  retry,
} from "@pgsd/connector"
import { type Connection, isPgsdError, PgsdError } from "@pgsd/driver"
import { labelled } from "@pgsd/driver/calls"
import { type ConnectionFactory, createConnectionFactory, hostTimeoutOf } from "@pgsd/driver/open"
import { type AcquireOptions, type ConnectionPool, checkPoolSettings, createConnectionPool, poolDefaultsOf } from "@pgsd/pool"
import { ConnectionStringFactory } from "./connection-string-factory.ts"
import type { DatabaseStats } from "./database-manager.ts"
import { publish } from "./diagnostics.ts"
import type { Entry } from "./entries.ts"
import { errorRate, Meter } from "./meter.ts"
import { MeteredFactory } from "./metered-factory.ts"

/** One database: its factory, pool and metrics. The pool is created with the first connection. */
export class Database {
  readonly name: string
  readonly #entry: Entry<string>
  readonly #factory: MeteredFactory
  readonly #connectTimeoutMs: number
  readonly #connects = new Meter()
  readonly #queries = new Meter()
  #pool: ConnectionPool | undefined
  /** The program has the pool, or waits for a connection from it. */
  #lent = false
  /** Opened by initialize(), not yet in the pool. */
  #first: Connection | undefined
  /** Current queries belong to a verification rather than to the program. */
  #verifying = false

  /** Timeout of a caller's wait for a connection, in ms. */
  readonly acquireTimeoutMs: number

  constructor(entry: Entry<string>) {
    const { name, pool } = entry
    this.name = name
    this.#entry = entry
    const defaults = poolDefaultsOf(entry.driver)
    this.#connectTimeoutMs = pool.connectTimeoutMs ?? defaults.connectTimeoutMs
    this.acquireTimeoutMs = pool.acquireTimeoutMs ?? defaults.acquireTimeoutMs
    try {
      checkPool(name, pool)
      this.#factory = new MeteredFactory(name, factoryOf(entry, this.#connectTimeoutMs, this.acquireTimeoutMs), this.#connects)
    } catch (error) {
      throw labelled(name, error)
    }
  }

  /** Whether the pool already has a connection, from a call in lazy mode; an attempt in progress does not count. */
  get isOpen(): boolean {
    const stats = this.#pool?.stats()
    return stats !== undefined && stats.total > stats.connecting + stats.closing
  }

  /** Opens the pool's first connection. Pauses between attempts are made here, because the pool never retries on behalf of one caller. */
  async openFirst(policy: RetryPolicy): Promise<void> {
    this.#first = await retry(({ signal }) => this.#factory.open({ signal }), {
      ...policy,
      onFailure: (failure) => {
        const { error, attempt, delayMs } = failure
        if (delayMs !== undefined) publish("pgsd:manager:retry", () => ({ name: this.name, error, attempt, delayMs }))
        policy.onFailure?.(failure)
      },
    })
  }

  /** Passes the first connection to the pool, which opens the others up to `min`. */
  async ready(signal: AbortSignal | undefined): Promise<void> {
    await this.#usedPool().ready({ signal })
    // A pool created by a call in lazy mode has opened its own connections.
    await this.#takeFirst()?.close()
  }

  /** Created here, and closed with the manager. */
  pool(): ConnectionPool {
    this.#lent = true
    return this.#usedPool()
  }

  async connector(options: AcquireOptions): Promise<DatabaseConnector> {
    const lease = await this.pool().acquire(options)
    return createDatabaseConnector(lease, { onDispose: () => lease.release(), context: this.#factory })
  }

  /** Over a separate connection, or the pool's if a driver has only one. */
  async verify(options: PreflightOptions): Promise<PreflightReport> {
    const report = await preflight(this.#entry.driver.supports.concurrency === "one" ? this.#sharing() : this.#factory, options)
    const { ok, reachable, durationMs } = report
    publish("pgsd:manager:verify", () => ({ name: this.name, ok, reachable, durationMs }))
    return report
  }

  #sharing(): ConnectionFactory {
    const { label, driver, tls } = this.#factory
    const open = async ({ signal }: AcquireOptions = {}) => {
      const lease = await this.pool().acquire({ signal })
      // It is the only connection: only the verification uses it until it is returned.
      this.#verifying = true
      const close = async () => {
        this.#verifying = false
        lease.release()
      }
      return createDatabaseConnector(lease, { onDispose: close })
    }
    return { label, driver, tls, open }
  }

  async closeIdle(): Promise<number> {
    return (await this.#pool?.closeIdle()) ?? 0
  }

  /** Closes what initialize() has opened. A pool already in use by the program stays open: it is not part of the failure. */
  async closeFirst(): Promise<void> {
    if (!this.#lent) return this.close()
    await Promise.allSettled([this.#takeFirst()?.close(), this.closeIdle()])
  }

  /** Closes the pool and what was opened for it. A new pool is created on demand. */
  async close(timeoutMs?: number): Promise<void> {
    const [pool, first] = [this.#pool, this.#takeFirst()]
    this.#pool = undefined
    this.#lent = false
    await Promise.allSettled([pool?.close({ timeoutMs }), first?.close()])
  }

  stats(): DatabaseStats {
    const pool = this.#pool?.stats()
    const connectTime = this.#connects.stats()
    const queryTime = this.#queries.stats()
    return {
      active: pool?.leased ?? 0,
      idle: pool?.idle ?? 0,
      waiting: pool?.waiting ?? 0,
      connectTime,
      queryTime,
      errorRate: errorRate(connectTime, queryTime),
      ...(pool !== undefined && { pool }),
    }
  }

  #usedPool(): ConnectionPool {
    this.#pool ??= createConnectionPool({
      ...this.#entry.pool,
      label: this.name,
      acquireTimeoutMs: this.acquireTimeoutMs,
      connectTimeoutMs: this.#connectTimeoutMs,
      // It ends by itself.
      openTimeoutMs: Number.POSITIVE_INFINITY,
      concurrency: this.#entry.driver.supports.concurrency,
      onQuery: ({ durationMs, error }) => {
        if (!this.#verifying) this.#queries.add(durationMs, isFailure(error))
      },
      open: async ({ signal, fresh }) => this.#takeFirst() ?? this.#factory.open({ signal, fresh }),
    })
    return this.#pool
  }

  #takeFirst(): Connection | undefined {
    const first = this.#first
    this.#first = undefined
    return first?.status === "closed" ? undefined : first
  }
}

/** The options that the manager sets itself. */
const DECIDED = ["label", "driver", "connection", "opening", "open", "openTimeoutMs", "concurrency", "onQuery"]

function checkPool(name: string, pool: object): void {
  const decided = Object.keys(pool).find((key) => DECIDED.includes(key))
  if (decided !== undefined)
    throw new PgsdError("PGSD_INVALID_OPTION", `pool.${decided} of database "${name}" is set by the manager`, {
      hint: "see its connection, its driver and the manager's diagnostics channels",
    })
  checkPoolSettings(pool)
}

function factoryOf({ name, driver, connection }: Entry<string>, connectTimeoutMs: number, acquireTimeoutMs: number): ConnectionFactory {
  // A driver without a network needs no address.
  if (typeof connection === "string" && driver.supports.network)
    return new ConnectionStringFactory(connection, { driver, label: name, connectTimeoutMs, acquireTimeoutMs })
  const given = typeof connection === "string" ? undefined : connection
  const hosts = given !== undefined && "hosts" in given ? given.hosts.length : 1
  return createConnectionFactory({ driver, connection: given, connectTimeoutMs, hostTimeoutMs: hostTimeoutOf(acquireTimeoutMs, hosts) })
}

/** Not the caller's own abort, nor a statement stopped because its transaction ended; a timeout counts. */
function isFailure(error: unknown): boolean {
  return isPgsdError(error) && error.code !== "PGSD_TRANSACTION_ENDED"
}
