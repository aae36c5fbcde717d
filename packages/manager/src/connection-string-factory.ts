import { abortable, type Connection, type Driver } from "@pgsd/driver"
import { type ConnectionFactory, createConnectionFactory, hostTimeoutOf, type OpenOptions } from "@pgsd/driver/open"

interface StringFactoryOptions {
  readonly driver: Driver
  readonly label: string
  readonly connectTimeoutMs: number
  readonly acquireTimeoutMs: number
}

/** A factory for a connection string, which @pgsd/config parses at the first opening; a failure is not cached. */
export class ConnectionStringFactory implements ConnectionFactory {
  readonly label: string
  readonly driver: string
  readonly #connection: string
  readonly #options: StringFactoryOptions
  #loading: Promise<ConnectionFactory> | undefined
  #factory: ConnectionFactory | undefined

  constructor(connection: string, options: StringFactoryOptions) {
    this.label = options.label
    this.driver = options.driver.name
    this.#connection = connection
    this.#options = options
  }

  get tls(): ConnectionFactory["tls"] {
    return this.#factory?.tls
  }

  readonly open = async (options?: OpenOptions): Promise<Connection> => {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined
      throw error
    })
    return (await abortable(this.#loading, options?.signal)).open(options)
  }

  async #load(): Promise<ConnectionFactory> {
    const { resolveConnection } = await import("@pgsd/config")
    const { driver, label, connectTimeoutMs, acquireTimeoutMs } = this.#options
    const connection = await resolveConnection(this.#connection, { label })
    const hostTimeoutMs = hostTimeoutOf(acquireTimeoutMs, connection.hosts.length)
    this.#factory = createConnectionFactory({ driver, connection, connectTimeoutMs, hostTimeoutMs })
    return this.#factory
  }
}
