import { toPgsdError } from "../classify.ts"
import type { ConnectionConfig } from "../connection-config.ts"
import { toConnectionConfig } from "../connection-literal.ts"
import type { Connection, Driver } from "../contract.ts"
import { publish } from "../diagnostics.ts"
import { PgsdError } from "../errors.ts"
import { labelOf } from "../hosts.ts"
import { milliseconds, refuseUnknownOptions } from "../options.ts"
import { attemptsError } from "./attempts-error.ts"
import { connectWithin } from "./connect-within.ts"
import type { ConnectionFactory, ConnectionFactoryOptions, OpenOptions } from "./connection-factory.ts"
import { Search, type SearchSettings } from "./search.ts"
import { UnresponsiveHosts } from "./unresponsive-hosts.ts"

/** A database inside the process starts with its connection. */
const EMBEDDED_TIMEOUT_MS = 60_000

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
 * Creates a factory of connections to one database. Opens nothing, but rejects what can never work.
 *
 * @throws PgsdError PGSD_INVALID_OPTION, PGSD_INVALID_TARGET, PGSD_UNSUPPORTED
 */
export function createConnectionFactory(options: ConnectionFactoryOptions): ConnectionFactory {
  refuseUnknownOptions("option of a connection factory", options, OPTIONS)
  if (typeof options.driver?.connect !== "function")
    throw new PgsdError("PGSD_INVALID_OPTION", "a connection factory needs a driver", { hint: "e.g. pgDriver() of @pgsd/driver-pg" })
  if (!options.driver.supports.network) return new EmbeddedFactory(options)
  if (options.connection === undefined)
    throw new PgsdError("PGSD_INVALID_OPTION", `the driver "${options.driver.name}" needs a connection: where to connect to, and as whom`)
  return new NetworkFactory(options, toConnectionConfig(options.connection))
}

class NetworkFactory implements ConnectionFactory {
  readonly label: string
  readonly driver: string
  readonly tls: ConnectionFactory["tls"]
  readonly #settings: SearchSettings
  readonly #config: ConnectionConfig

  constructor(options: ConnectionFactoryOptions, config: ConnectionConfig) {
    refuseUnsupported(options.driver, config)
    const connectTimeoutMs = milliseconds(
      "connectTimeoutMs",
      config.connectTimeoutMs ?? options.connectTimeoutMs ?? DEFAULTS.connectTimeoutMs,
    )
    this.label = labelOf(config)
    this.driver = options.driver.name
    this.tls = { mode: config.tls.mode, verify: config.tls.verify }
    const attemptDelayMs = milliseconds("attemptDelayMs", options.attemptDelayMs ?? DEFAULTS.attemptDelayMs)
    const hostTimeoutMs = milliseconds("hostTimeoutMs", options.hostTimeoutMs ?? DEFAULTS.hostTimeoutMs)
    const times = {
      connectTimeoutMs,
      hostTimeoutMs: config.connectTimeoutMs === undefined ? hostTimeoutMs : Number.POSITIVE_INFINITY,
      attemptDelayMs,
    }
    const recheckMs = milliseconds("hostRecheckMs", options.hostRecheckMs ?? recheckOf(longestSearch(config, times)))
    this.#config = config
    this.#settings = {
      ...times,
      driver: options.driver,
      config,
      lookup: options.lookup,
      random: options.random ?? Math.random,
      unresponsive: new UnresponsiveHosts(recheckMs),
      onFailure: (attempt, next) =>
        publish("pgsd:open:attempt-failed", () => ({ label: this.label, driver: this.driver, ...attempt, next })),
    }
  }

  // A property, so that it works unbound: a pool takes `factory.open`.
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

/** For drivers without a network, which have nothing to search. */
class EmbeddedFactory implements ConnectionFactory {
  readonly label: string
  readonly driver: string
  readonly tls = undefined
  readonly #driver: Driver
  readonly #connectTimeoutMs: number

  constructor({ driver, connection, connectTimeoutMs }: ConnectionFactoryOptions) {
    this.#driver = driver
    this.#connectTimeoutMs = milliseconds("connectTimeoutMs", connectTimeoutMs ?? EMBEDDED_TIMEOUT_MS)
    this.driver = driver.name
    this.label = connection?.label ?? driver.name
  }

  readonly open = async (options: OpenOptions = {}): Promise<Connection> => {
    refuseUnknownOptions("option of open", options, OPEN_OPTIONS)
    const started = performance.now()
    try {
      const connection = await connectWithin(this.#driver, undefined, this.#connectTimeoutMs, this.label, { signal: options.signal })
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

/** The result of one search is known to the next. */
function recheckOf(searchMs: number): number {
  return Number.isFinite(searchMs) ? Math.max(DEFAULTS.hostRecheckMs, searchMs) : DEFAULTS.hostRecheckMs
}

// Names are resolved later: two addresses each (IPv4 and IPv6) are typical. The second may connect first, after the delay, and fail at its
// deadline; then the first has its own.
function longestSearch(
  { hosts, targetSessionAttrs }: ConnectionConfig,
  { connectTimeoutMs, hostTimeoutMs, attemptDelayMs }: Pick<SearchSettings, "connectTimeoutMs" | "hostTimeoutMs" | "attemptDelayMs">,
): number {
  const passes = targetSessionAttrs === "prefer-standby" ? 2 : 1
  const ofNamed = 2 * connectTimeoutMs + Math.min(attemptDelayMs, connectTimeoutMs)
  const times = hosts.map((host) => (host.kind === "tcp" && host.address === undefined ? ofNamed : connectTimeoutMs))
  return passes * times.reduce((sum, each) => sum + Math.min(each, hostTimeoutMs), 0)
}

function refuseUnsupported(driver: Driver, config: ConnectionConfig): void {
  if (config.auth.channelBinding !== "require" || driver.supports.channelBinding) return
  const name = driver.name === "postgres" ? "postgres.js" : driver.name
  throw new PgsdError("PGSD_UNSUPPORTED", `channel_binding=require is not supported by the ${name} driver`, {
    hint: "use pg, or sslmode=verify-full",
  })
}
