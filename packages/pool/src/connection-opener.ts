import {
  abortable,
  type Clock,
  type Connection,
  type ConnectionConfig,
  type ConnectionLiteral,
  DatabaseConnectionError,
  type Driver,
  labelOf,
  limit,
  PgsdError,
  toConnectionConfig,
} from "@pgsd/driver"
import type { ConnectionFactory, ConnectionFactoryOptions } from "@pgsd/driver/open"
import { loaded } from "./loaded.ts"

type Settled = ConnectionConfig | ConnectionLiteral

/**
 * Where to connect to, and as whom: a literal, the result of `resolveConnection()` of @pgsd/config, a promise of either, or a function that
 * is called again after a failure.
 */
export type ConnectionInput = Settled | Promise<Settled> | (() => Settled | Promise<Settled>)

/** The input of `createConnectionFactory` of @pgsd/driver/open. */
export type OpeningOptions = Pick<ConnectionFactoryOptions, "lookup" | "attemptDelayMs" | "hostRecheckMs">

interface OpenerSettings {
  readonly label: string | undefined
  readonly acquireTimeoutMs: number
  /** Maximum time per address, in ms. */
  readonly connectTimeoutMs: number
  readonly opening: OpeningOptions | undefined
  readonly random: () => number
  readonly clock: Clock
}

/** Opens connections by libpq's rules: hosts × addresses × encryption methods. Its code is loaded with the first connection. */
export class ConnectionOpener {
  /** Another attempt may get another password. */
  readonly refreshable: boolean
  readonly #driver: Driver
  readonly #input: ConnectionInput
  readonly #settings: OpenerSettings
  #factory: Promise<ConnectionFactory> | undefined
  /** Calls of the connection function. */
  #asked = 0
  /** The latest of them that has returned a result. */
  #answered = 0
  #label: string | undefined

  /** @throws PgsdError PGSD_INVALID_TARGET for a literal that can never work */
  constructor(driver: Driver, input: ConnectionInput, settings: OpenerSettings) {
    this.#driver = driver
    this.#input = input
    this.#settings = settings
    this.#label = settings.label
    // Callers get the rejection, if there are any.
    if (isPromise(input)) input.then((given) => this.#read(given)).catch(() => {})
    const known = isPromise(input) || typeof input === "function" ? undefined : this.#read(input)
    this.refreshable = known === undefined || typeof (input as Settled).password === "function"
  }

  /** What is known of the database: the first result of the connection function. */
  get label(): string {
    return this.#label ?? "database"
  }

  #read(given: Settled): ConnectionConfig {
    const config = toConnectionConfig(given)
    this.#label ??= labelOf(config)
    return config
  }

  async open(signal: AbortSignal, fresh: boolean): Promise<Connection> {
    this.#factory ??= this.#ask()
    const factory = this.#factory
    try {
      const known = await this.#inTime(factory, signal)
      return await known.open({ signal, fresh })
    } catch (error) {
      // Called again: by then it may return another host or password.
      if (typeof this.#input === "function" && this.#factory === factory) this.#factory = undefined
      throw error
    }
  }

  #ask(): Promise<ConnectionFactory> {
    const number = ++this.#asked
    const factory = this.#load()
    factory.then(
      () => {
        // A result that is too late for its attempt is used by the next ones, unless there is one of a later call.
        if (number < this.#answered) return
        this.#answered = number
        this.#factory = factory
      },
      () => {},
    )
    return factory
  }

  /** Limits an input that never resolves, so that it takes neither the whole search's time nor that of later attempts. */
  async #inTime(factory: Promise<ConnectionFactory>, signal: AbortSignal): Promise<ConnectionFactory> {
    const { connectTimeoutMs, clock } = this.#settings
    const bounds = limit(signal, connectTimeoutMs, () => this.#unanswered(), clock)
    try {
      return await abortable(factory, bounds.signal)
    } finally {
      bounds.end()
    }
  }

  #unanswered(): DatabaseConnectionError {
    const { label } = this
    const what = typeof this.#input === "function" ? "the connection function" : "the promise of a connection"
    const fact = `${what} did not say where to connect to within connectTimeoutMs (${this.#settings.connectTimeoutMs} ms)`
    return new DatabaseConnectionError("PGSD_CONNECT_TIMEOUT", `${label}: ${fact}`, { label, phase: "startup", retryable: true })
  }

  async #load(): Promise<ConnectionFactory> {
    const given = await (typeof this.#input === "function" ? this.#input() : this.#input)
    const { clock } = this.#settings
    const { createConnectionFactory, hostTimeoutOf } = await loaded(clock, import("@pgsd/driver/open"))
    const config = this.#read(given)
    const { acquireTimeoutMs, connectTimeoutMs, opening, random } = this.#settings
    return createConnectionFactory({
      driver: this.#driver,
      connection: { ...config, label: this.label },
      connectTimeoutMs,
      hostTimeoutMs: hostTimeoutOf(acquireTimeoutMs, config.hosts.length),
      random,
      ...opening,
    })
  }
}

/** A driver without a network has nothing to search; without a connection it has nowhere to search. */
export function hasConnection<O extends { readonly driver?: Driver | undefined; readonly connection?: ConnectionInput | undefined }>(
  options: O,
): options is O & { readonly driver: Driver; readonly connection: ConnectionInput } {
  return options.connection !== undefined && options.driver?.supports.network === true
}

/** @throws PgsdError PGSD_INVALID_OPTION for an invalid connection */
export function checkConnectionInput(input: unknown): void {
  if (typeof input === "function" || (typeof input === "object" && input !== null)) return
  throw new PgsdError("PGSD_INVALID_OPTION", "connection must be an object, a promise of one, or a function that gives one", {
    hint: typeof input === "string" ? "read a connection string with resolveConnection() of @pgsd/config" : undefined,
  })
}

function isPromise(input: ConnectionInput): input is Promise<Settled> {
  return typeof (input as Promise<Settled>).then === "function"
}
