import { toPgsdError } from "../classify.ts"
import type { ConnectionConfig, Host, TargetSessionAttrs } from "../connection-config.ts"
import type { Connection, Driver } from "../contract.ts"
import { DatabaseConnectionError, isPgsdError, type PgsdError } from "../errors.ts"
import { limit } from "../limit.ts"
import { addressesOf } from "./addresses.ts"
import type { ConnectionFactoryOptions, OpenOptions } from "./connection-factory.ts"
import { type Deadline, deadline } from "./deadline.ts"
import type { ConnectAttempt } from "./errors.ts"
import { withPasswordSource } from "./password-source.ts"
import { checkFailed, checkTimedOut, sessionError, unfitFor } from "./session-attributes.ts"
import { hostName, refuseNamelessVerification, targetOf } from "./targets.ts"
import { type Verdict, verdictOn } from "./verdict.ts"

export interface SearchSettings {
  readonly driver: Driver
  readonly config: ConnectionConfig
  readonly connectTimeoutMs: number
  readonly lookup: ConnectionFactoryOptions["lookup"]
  readonly random: () => number
  /** The order in which hosts are tried. */
  readonly order: (hosts: readonly Host[]) => readonly Host[]
  /** A host did not answer. */
  readonly onSilence: (host: Host) => void
  readonly onFailure: (attempt: ConnectAttempt, next: Verdict) => void
}

type Outcome = { readonly connection: Connection } | { readonly next: "next-address" | "next-host" | "stop" }

/** One search: hosts × addresses × methods, until a session fits. Holds what has failed so far. */
export class Search {
  readonly attempts: ConnectAttempt[] = []
  stopped = false
  readonly #settings: SearchSettings
  readonly #signal: AbortSignal | undefined
  readonly #fresh: boolean

  constructor(settings: SearchSettings, options: OpenOptions) {
    this.#settings = settings
    this.#signal = options.signal
    this.#fresh = options.fresh ?? false
  }

  /** The connection, or undefined when nothing gave one: see `attempts`. */
  async run(): Promise<Connection | undefined> {
    const { config, random, order } = this.#settings
    const hosts = order(config.loadBalanceHosts ? shuffled(config.hosts, random) : config.hosts)
    for (const wanted of passesOf(config.targetSessionAttrs)) {
      for (const host of hosts) {
        const outcome = await this.#tryHost(host, wanted)
        if ("connection" in outcome) return outcome.connection
        if (outcome.next !== "stop") continue
        this.stopped = true
        return undefined
      }
    }
    return undefined
  }

  async #tryHost(host: Host, wanted: TargetSessionAttrs): Promise<Outcome> {
    const { config, connectTimeoutMs, lookup, random } = this.#settings
    // The name is looked up on the first address's time; each further address has a deadline of its own.
    let time = deadline(connectTimeoutMs)
    let addresses: readonly (string | undefined)[]
    try {
      const options = { lookup, timeoutMs: connectTimeoutMs, signal: this.#signal, label: config.label }
      addresses = await addressesOf(host, options)
    } catch (error) {
      this.#throwIfAborted()
      this.#failed(host, undefined, methodsFor(config, host)[0]!, toPgsdError(error), "next-host")
      return { next: "next-host" }
    }
    for (const address of config.loadBalanceHosts ? shuffled(addresses, random) : addresses) {
      const outcome = await this.#tryAddress(host, address, wanted, time)
      if ("connection" in outcome || outcome.next !== "next-address") return outcome
      time = deadline(connectTimeoutMs)
    }
    return { next: "next-host" }
  }

  async #tryAddress(host: Host, address: string | undefined, wanted: TargetSessionAttrs, time: Deadline): Promise<Outcome> {
    const methods = methodsFor(this.#settings.config, host)
    for (const [index, encryption] of methods.entries()) {
      try {
        return { connection: await this.#attempt(host, address, encryption, wanted, time) }
      } catch (error) {
        this.#throwIfAborted()
        const failure = withPasswordSource(toPgsdError(error), this.#settings.config, host)
        const verdict = verdictOn(failure)
        const next = verdict === "next-method" && index === methods.length - 1 ? "stop" : verdict
        this.#failed(host, address, encryption, failure, next)
        if (next !== "next-method") return { next }
      }
    }
    return { next: "stop" }
  }

  async #attempt(
    host: Host,
    address: string | undefined,
    encryption: "plain" | "tls",
    wanted: TargetSessionAttrs,
    time: Deadline,
  ): Promise<Connection> {
    const { config, driver } = this.#settings
    refuseNamelessVerification(config, host, encryption)
    const plan = { host, address, encryption, connectTimeoutMs: time.remainingMs(), fresh: this.#fresh }
    const connection = await driver.connect(targetOf(config, plan), { signal: this.#signal })
    if (wanted === "any") return connection
    const bounds = limit(this.#signal, time.remainingMs(), checkTimedOut)
    try {
      const unfit = await unfitFor(wanted, connection, bounds.signal)
      if (unfit === undefined) return connection
      throw sessionError(unfit, connection)
    } catch (error) {
      // libpq says goodbye politely; the search does not wait for it.
      connection.close().catch(() => connection.destroy())
      throw isSessionError(error) ? error : checkFailed(error, connection)
    } finally {
      bounds.end()
    }
  }

  #failed(host: Host, address: string | undefined, encryption: "plain" | "tls", error: PgsdError, next: Verdict): void {
    const attempt = { host: hostName(host), address, port: host.port, encryption, error }
    this.attempts.push(attempt)
    if (isSilence(error)) this.#settings.onSilence(host)
    this.#settings.onFailure(attempt, next)
  }

  #throwIfAborted(): void {
    if (this.#signal?.aborted) throw this.#signal.reason
  }
}

/** Nothing listens there, or nothing answers in time. */
function isSilence(error: PgsdError): boolean {
  const phase = error instanceof DatabaseConnectionError ? error.phase : undefined
  return error.code === "PGSD_CONNECT_TIMEOUT" || phase === "tcp" || phase === "dns"
}

/** prefer-standby looks for a standby first and then takes any. */
function passesOf(wanted: TargetSessionAttrs): readonly TargetSessionAttrs[] {
  return wanted === "prefer-standby" ? ["standby", "any"] : [wanted]
}

/** A Unix socket is never encrypted, whatever sslmode says (libpq). */
function methodsFor(config: ConnectionConfig, host: Host): readonly ("plain" | "tls")[] {
  return host.kind === "unix" ? ["plain"] : config.tls.methods
}

function isSessionError(error: unknown): boolean {
  return isPgsdError(error) && error.code === "PGSD_SESSION_ATTRS"
}

// Fisher and Yates, as libpq.
function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const result = [...items]
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const moved = result[last]!
    result[last] = result[other]!
    result[other] = moved
  }
  return result
}
