import { toPgsdError } from "../classify.ts"
import type { ConnectionConfig, Host } from "../connection-config.ts"
import { toConnectionConfig } from "../connection-literal.ts"
import type { Connection, Driver } from "../contract.ts"
import { publish } from "../diagnostics.ts"
import { PgsdError } from "../errors.ts"
import { milliseconds, refuseUnknownOptions } from "../options.ts"
import { attemptsError } from "./attempts-error.ts"
import type { ConnectionFactory, ConnectionFactoryOptions, OpenOptions } from "./connection-factory.ts"
import { Search, type SearchSettings } from "./search.ts"
import { hostName } from "./targets.ts"

const DEFAULTS = { connectTimeoutMs: 10_000, hostRecheckMs: 10_000 } as const
const OPTIONS = [
  "driver",
  "connection",
  "lookup",
  "random",
  "connectTimeoutMs",
  "hostRecheckMs",
] as const satisfies readonly (keyof ConnectionFactoryOptions)[]
const OPEN_OPTIONS = ["signal", "fresh"] as const satisfies readonly (keyof OpenOptions)[]

/**
 * A factory of connections to one database. Nothing is opened here, but what can never work is refused here.
 *
 * @throws PgsdError PGSD_INVALID_OPTION, PGSD_INVALID_TARGET, PGSD_UNSUPPORTED
 */
export function createConnectionFactory(options: ConnectionFactoryOptions): ConnectionFactory {
  refuseUnknownOptions("option of a connection factory", options, OPTIONS)
  if (typeof options.driver?.connect !== "function")
    throw new PgsdError("PGSD_INVALID_OPTION", "a connection factory needs a driver", { hint: "e.g. pgDriver() of @pgsd/driver-pg" })
  if (!options.driver.supports.network) return new EmbeddedFactory(options.driver, options.connection?.label)
  if (options.connection === undefined)
    throw new PgsdError("PGSD_INVALID_OPTION", `the driver "${options.driver.name}" needs a connection: where to connect to, and as whom`)
  return new NetworkFactory(options, toConnectionConfig(options.connection))
}

class NetworkFactory implements ConnectionFactory {
  readonly label: string
  readonly driver: string
  readonly tls: ConnectionFactory["tls"]
  readonly connectBudgetMs: number
  readonly #settings: SearchSettings
  readonly #config: ConnectionConfig
  readonly #hostRecheckMs: number
  /** Hosts that did not answer, and when. */
  readonly #silent = new Map<Host, number>()

  constructor(options: ConnectionFactoryOptions, config: ConnectionConfig) {
    refuseUnsupported(options.driver, config)
    const connectTimeoutMs = milliseconds(
      "connectTimeoutMs",
      config.connectTimeoutMs ?? options.connectTimeoutMs ?? DEFAULTS.connectTimeoutMs,
    )
    this.label = config.label ?? `${config.hosts.map((each) => `${hostName(each)}:${each.port}`).join(",")}/${config.database}`
    this.driver = options.driver.name
    this.tls = { mode: config.tls.mode, verify: config.tls.verify }
    this.connectBudgetMs = connectTimeoutMs * expectedAddresses(config)
    this.#config = config
    this.#hostRecheckMs = milliseconds("hostRecheckMs", options.hostRecheckMs ?? DEFAULTS.hostRecheckMs)
    this.#settings = {
      driver: options.driver,
      config,
      connectTimeoutMs,
      lookup: options.lookup,
      random: options.random ?? Math.random,
      order: (hosts) => this.#silentLast(hosts),
      onSilence: (host) => this.#silent.set(host, performance.now()),
      onFailure: (attempt, next) =>
        publish("pgsd:open:attempt-failed", () => ({ label: this.label, driver: this.driver, ...attempt, next })),
    }
  }

  /** In their order, but those last that have not answered lately (pgjdbc's hostRecheckSeconds). */
  #silentLast(hosts: readonly Host[]): readonly Host[] {
    const now = performance.now()
    const isSilent = (host: Host) => now - (this.#silent.get(host) ?? Number.NEGATIVE_INFINITY) < this.#hostRecheckMs
    return [...hosts.filter((host) => !isSilent(host)), ...hosts.filter(isSilent)]
  }

  // A property, so that it works without its object: a pool takes `factory.open`.
  readonly open = async (options: OpenOptions = {}): Promise<Connection> => {
    refuseUnknownOptions("option of open", options, OPEN_OPTIONS)
    const { signal } = options
    signal?.throwIfAborted()
    const started = performance.now()
    const search = new Search(this.#settings, options)
    const connection = await search.run()
    const totalTimeMs = performance.now() - started
    if (connection === undefined) {
      const error = attemptsError(this.label, search.attempts, search.stopped)
      publish("pgsd:open:connect-error", () => ({ label: this.label, driver: this.driver, error, totalTimeMs }))
      throw error
    }
    publish("pgsd:open:connect", () => connectEvent(this, connection, this.#config, totalTimeMs, search.attempts.length))
    return connection
  }
}

/** For drivers without a network: there is nothing to search. */
class EmbeddedFactory implements ConnectionFactory {
  readonly label: string
  readonly driver: string
  readonly tls = undefined
  readonly connectBudgetMs = DEFAULTS.connectTimeoutMs
  readonly #driver: Driver

  constructor(driver: Driver, label: string | undefined) {
    this.#driver = driver
    this.driver = driver.name
    this.label = label ?? driver.name
  }

  readonly open = async (options: OpenOptions = {}): Promise<Connection> => {
    refuseUnknownOptions("option of open", options, OPEN_OPTIONS)
    const started = performance.now()
    try {
      const connection = await this.#driver.connect(undefined, { signal: options.signal })
      publish("pgsd:open:connect", () => connectEvent(this, connection, undefined, performance.now() - started, 0))
      return connection
    } catch (cause) {
      if (options.signal?.aborted) throw options.signal.reason
      const error = toPgsdError(cause, { driver: this.driver, label: this.label, phase: "startup" })
      publish("pgsd:open:connect-error", () => ({
        label: this.label,
        driver: this.driver,
        error,
        totalTimeMs: performance.now() - started,
      }))
      throw error
    }
  }
}

function connectEvent(
  factory: ConnectionFactory,
  connection: Connection,
  config: ConnectionConfig | undefined,
  totalTimeMs: number,
  failedAttempts: number,
) {
  const { host, address, port, database, user, tls, connectTimeMs } = connection.info
  return {
    label: factory.label,
    driver: factory.driver,
    host,
    address,
    port,
    database,
    user,
    sslMode: config?.tls.mode,
    encrypted: tls !== undefined,
    connectionTimeMs: connectTimeMs,
    totalTimeMs,
    failedAttempts,
  }
}

// Names are looked up when it is time: two addresses each (IPv4 and IPv6) is what a machine usually has.
function expectedAddresses(config: ConnectionConfig): number {
  const passes = config.targetSessionAttrs === "prefer-standby" ? 2 : 1
  const addresses = config.hosts.map((host) => (host.kind === "tcp" && host.address === undefined ? 2 : 1))
  return passes * addresses.reduce((sum, each) => sum + each, 0)
}

function refuseUnsupported(driver: Driver, config: ConnectionConfig): void {
  if (config.auth.channelBinding !== "require" || driver.supports.channelBinding) return
  const name = driver.name === "postgres" ? "postgres.js" : driver.name
  throw new PgsdError("PGSD_UNSUPPORTED", `channel_binding=require is not supported by the ${name} driver`, {
    hint: "use pg, or sslmode=verify-full",
  })
}
