import { type Connection, isPgsdError, type PgsdError } from "@pgsd/driver"
import { labelled } from "@pgsd/driver/calls"
import type { ConnectionFactory, OpenOptions } from "@pgsd/driver/open"
import { publish } from "./diagnostics.ts"
import type { Meter } from "./meter.ts"

/** A connection factory that measures how long opening takes and labels errors with the database's name. */
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

  async open(options: OpenOptions = {}): Promise<Connection> {
    const started = performance.now()
    try {
      const connection = await this.#factory.open(options)
      this.#opened(connection, performance.now() - started)
      return connection
    } catch (cause) {
      // The caller's own abort, and the end of its pool, are not failures.
      if (options.signal?.aborted) throw cause
      const error = labelled(this.label, cause)
      if (isPgsdError(error)) this.#failed(error, performance.now() - started)
      throw error
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
}
