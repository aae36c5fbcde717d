import { toPgsdError } from "../classify.ts"
import type { ConnectionConfig } from "../connection-config.ts"
import { toConnectionConfig } from "../connection-literal.ts"
import type { Connection, Driver } from "../contract.ts"
import { publish } from "../diagnostics.ts"
import { PgsdError } from "../errors.ts"
import { milliseconds, refuseUnknownOptions } from "../options.ts"
import { attemptsError } from "./attempts-error.ts"
import type { ConnectionFactory, ConnectionFactoryOptions, OpenOptions } from "./connection-factory.ts"
import { Search, type SearchSettings } from "./search.ts"
import { hostName } from "./targets.ts"
import { UnresponsiveHosts } from "./unresponsive-hosts.ts"

/** `attemptDelayMs`: the Connection Attempt Delay that RFC 8305 recommends. */
const DEFAULTS = { connectTimeoutMs: 10_000, hostTimeoutMs: Number.POSITIVE_INFINITY, attemptDelayMs: 250, hostRecheckMs: 10_000 } as const
const OPTIONS = [
  "driver",
  "connection",
  "lookup",
  "random",
  "connectTimeoutMs",
  "hostTimeoutMs",
  "attemptDelayMs",
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

  constructor(options: ConnectionFactoryOptions, config: ConnectionConfig) {
    refuseUnsupported(options.driver, config)
    const connectTimeoutMs = milliseconds(
      "connectTimeoutMs",
      config.connectTimeoutMs ?? options.connectTimeoutMs ?? DEFAULTS.connectTimeoutMs,
    )
    this.label = config.label ?? `${config.hosts.map((each) => `${hostName(each)}:${each.port}`).join(",")}/${config.database}`
    this.driver = options.driver.name
    this.tls = { mode: config.tls.mode, verify: config.tls.verify }
    const attemptDelayMs = milliseconds("attemptDelayMs", options.attemptDelayMs ?? DEFAULTS.attemptDelayMs)
    const hostTimeoutMs = milliseconds("hostTimeoutMs", options.hostTimeoutMs ?? DEFAULTS.hostTimeoutMs)
    this.connectBudgetMs = budgetOf(config, connectTimeoutMs, attemptDelayMs)
    this.#config = config
    this.#settings = {
      driver: options.driver,
      config,
      connectTimeoutMs,
      hostTimeoutMs: config.connectTimeoutMs === undefined ? hostTimeoutMs : Number.POSITIVE_INFINITY,
      attemptDelayMs,
      lookup: options.lookup,
      random: options.random ?? Math.random,
      unresponsive: new UnresponsiveHosts(milliseconds("hostRecheckMs", options.hostRecheckMs ?? DEFAULTS.hostRecheckMs)),
      onFailure: (attempt, next) =>
        publish("pgsd:open:attempt-failed", () => ({ label: this.label, driver: this.driver, ...attempt, next })),
    }
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

// Names are looked up when it is time: two addresses each (IPv4 and IPv6) is what a machine usually has. The second of them may be the
// one that connects, after the delay, and fail at its deadline; then the first has its own.
function budgetOf(config: ConnectionConfig, connectTimeoutMs: number, attemptDelayMs: number): number {
  const passes = config.targetSessionAttrs === "prefer-standby" ? 2 : 1
  const named = config.hosts.filter((host) => host.kind === "tcp" && host.address === undefined).length
  return passes * ((config.hosts.length + named) * connectTimeoutMs + named * Math.min(attemptDelayMs, connectTimeoutMs))
}

function refuseUnsupported(driver: Driver, config: ConnectionConfig): void {
  if (config.auth.channelBinding !== "require" || driver.supports.channelBinding) return
  const name = driver.name === "postgres" ? "postgres.js" : driver.name
  throw new PgsdError("PGSD_UNSUPPORTED", `channel_binding=require is not supported by the ${name} driver`, {
    hint: "use pg, or sslmode=verify-full",
  })
}
