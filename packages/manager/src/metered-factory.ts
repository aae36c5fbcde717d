import { type Connection, DatabaseConnectionError, isPgsdError, limit, type PgsdError } from "@pgsd/driver"
import { labelled } from "@pgsd/driver/calls"
import type { ConnectionFactory, OpenOptions } from "@pgsd/driver/open"
import { publish } from "./diagnostics.ts"
import type { Meter } from "./meter.ts"

/** Maximum time of a search over any number of hosts, in ms. */
const LONGEST_CONNECT_MS = 60_000

/** A connection factory with a timeout for the whole search, which measures its duration and labels errors with the database's name. */
export class MeteredFactory implements ConnectionFactory {
  readonly label: string
  readonly driver: string
  readonly #factory: ConnectionFactory
  readonly #connects: Meter

  constructor(name: string, factory: ConnectionFactory, connects: Meter) {
    this.label = name
    this.driver = factory.driver
    this.#factory = factory
    this.#connects = connects
  }

  get tls(): ConnectionFactory["tls"] {
    return this.#factory.tls
  }

  /** Addresses times their timeout, at most a minute. */
  get connectBudgetMs(): number {
    return Math.min(LONGEST_CONNECT_MS, this.#factory.connectBudgetMs)
  }

  async open(options: OpenOptions = {}): Promise<Connection> {
    const started = performance.now()
    const bounds = limit(options.signal, this.connectBudgetMs, () => this.#timedOut())
    try {
      const connection = await this.#factory.open({ ...options, signal: bounds.signal })
      this.#opened(connection, performance.now() - started)
      return connection
    } catch (cause) {
      const error = options.signal?.aborted ? cause : labelled(this.label, cause)
      // The caller's own abort is not a failure; a timeout is one, with an error created here.
      if (isPgsdError(error)) this.#failed(error, performance.now() - started)
      throw error
    } finally {
      bounds.end()
    }
  }

  #failed(error: PgsdError, connectionTimeMs: number): void {
    this.#connects.add(connectionTimeMs, true)
    publish("pgsd:manager:connect-error", () => ({ name: this.label, driver: this.driver, error, connectionTimeMs }))
  }

  #opened({ info }: Connection, connectionTimeMs: number): void {
    this.#connects.add(connectionTimeMs, false)
    publish("pgsd:manager:connect", () => ({
      name: this.label,
      driver: this.driver,
      host: info.host,
      port: info.port,
      database: info.database,
      user: info.user,
      sslMode: this.tls?.mode,
      encrypted: info.tls !== undefined,
      connectionTimeMs,
    }))
  }

  #timedOut(): DatabaseConnectionError {
    const text = `${this.label}: no connection to any of its hosts within ${this.connectBudgetMs} ms`
    return new DatabaseConnectionError("PGSD_CONNECT_TIMEOUT", text, {
      label: this.label,
      phase: "tcp",
      retryable: true,
      hint: "check host and port, or lower connect_timeout so that every host is tried",
    })
  }
}
