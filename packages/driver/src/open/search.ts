import { toPgsdError } from "../classify.ts"
import type { ConnectionConfig, Host, TargetSessionAttrs } from "../connection-config.ts"
import type { Connection, ConnectOptions, Driver } from "../contract.ts"
import { DatabaseConnectionError, isPgsdError, type PgsdError } from "../errors.ts"
import { hostName } from "../hosts.ts"
import { limit } from "../limit.ts"
import { addressesOf, interleaved } from "./addresses.ts"
import { connectWithin, leave } from "./connect-within.ts"
import type { ConnectionFactoryOptions, OpenOptions } from "./connection-factory.ts"
import type { Deadline } from "./deadline.ts"
import type { ConnectAttempt } from "./errors.ts"
import { HostBudget } from "./host-budget.ts"
import { race } from "./race.ts"
import { checkFailed, checkTimedOut, sessionError, unfitFor } from "./session-attributes.ts"
import { refuseNamelessVerification, targetOf } from "./targets.ts"
import type { UnresponsiveHosts } from "./unresponsive-hosts.ts"
import { withSource } from "./value-source.ts"
import { type Verdict, verdictOn } from "./verdict.ts"

export interface SearchSettings {
  readonly driver: Driver
  readonly config: ConnectionConfig
  /** Timeout of one address. */
  readonly connectTimeoutMs: number
  /** Timeout of all addresses of one host. */
  readonly hostTimeoutMs: number
  readonly attemptDelayMs: number
  readonly lookup: ConnectionFactoryOptions["lookup"]
  readonly random: () => number
  readonly unresponsive: UnresponsiveHosts
  readonly onFailure: (attempt: ConnectAttempt, next: Verdict) => void
}

/** How long a driver may take to report that its own deadline has passed. */
const OVERDUE_MS = 1_000

type Outcome = { readonly connection: Connection } | { readonly next: "next-address" | "next-host" | "stop" }

/** One search over hosts × addresses × methods, until a session is suitable. Records failed attempts. */
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

  /** The connection, or undefined if every attempt failed: see `attempts`. */
  async run(): Promise<Connection | undefined> {
    const { config, random, unresponsive } = this.#settings
    const hosts = config.loadBalanceHosts ? shuffled(config.hosts, random) : config.hosts
    for (const wanted of passesOf(config.targetSessionAttrs)) {
      // Per pass: what was unresponsive in the first is tried last in the second.
      for (const host of unresponsive.hosts(hosts)) {
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
    const before = this.attempts.length
    const outcome = await this.#tryAddressesOf(host, wanted)
    if ("next" in outcome && this.attempts.slice(before).every(({ error }) => isSilence(error))) this.#settings.unresponsive.mark(host)
    return outcome
  }

  async #tryAddressesOf(host: Host, wanted: TargetSessionAttrs): Promise<Outcome> {
    const { config, connectTimeoutMs, hostTimeoutMs, lookup, random, unresponsive } = this.#settings
    const budget = new HostBudget(connectTimeoutMs, hostTimeoutMs)
    let found: readonly (string | undefined)[]
    try {
      found = await addressesOf(host, { lookup, timeoutMs: budget.limitMs, signal: this.#signal, label: config.label })
    } catch (error) {
      this.#throwIfAborted()
      this.#failed(host, undefined, methodsFor(config, host)[0]!, toPgsdError(error), "next-host")
      return { next: "next-host" }
    }
    const addresses = new Set(unresponsive.addresses(config.loadBalanceHosts ? shuffled(found, random) : interleaved(found), host))
    budget.divide(addresses.size)
    // Removes addresses that were unresponsive, and the one that connected and failed later; the rest is raced again.
    // Tried at least once: a late lookup (of a process that was frozen) leaves no time, and its error says so.
    do {
      const outcome = await this.#raceOf(host, addresses, wanted, budget)
      if ("connection" in outcome || outcome.next !== "next-address") return outcome
    } while (addresses.size > 0 && !budget.isSpent)
    return { next: "next-host" }
  }

  async #raceOf(host: Host, addresses: Set<string | undefined>, wanted: TargetSessionAttrs, budget: HostBudget): Promise<Outcome> {
    const first = methodsFor(this.#settings.config, host)[0]!
    const times = new Map<string | undefined, Deadline>()
    const winner = await race([...addresses], {
      delayMs: this.#settings.attemptDelayMs,
      signal: this.#signal,
      attempt: (address, options) => {
        const time = budget.next()
        times.set(address, time)
        return this.#attempt(host, address, first, wanted, time, options)
      },
      isLost: (address, error) => {
        const failure = toPgsdError(error)
        if (verdictOn(failure) !== "next-address") return false
        this.#failed(host, address, first, failure, "next-address")
        addresses.delete(address)
        return true
      },
      overtaken: (address) => this.#settings.unresponsive.mark(host, address),
      discard: leave,
    })
    if (winner === undefined) return { next: "next-address" }
    const { address, result } = winner
    addresses.delete(address)
    return this.#tryMethods(host, address, wanted, times.get(address)!, result)
  }

  /** @param first the attempt with the first method, already started */
  async #tryMethods(
    host: Host,
    address: string | undefined,
    wanted: TargetSessionAttrs,
    time: Deadline,
    first: Promise<Connection>,
  ): Promise<Outcome> {
    const methods = methodsFor(this.#settings.config, host)
    for (const [index, encryption] of methods.entries()) {
      try {
        return {
          connection: await (index === 0 ? first : this.#attempt(host, address, encryption, wanted, time, { signal: this.#signal })),
        }
      } catch (error) {
        this.#throwIfAborted()
        const failure = withSource(toPgsdError(error), this.#settings.config, host)
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
    options: ConnectOptions,
  ): Promise<Connection> {
    const { config, driver } = this.#settings
    refuseNamelessVerification(config, host, encryption)
    const plan = { host, address, encryption, connectTimeoutMs: time.remainingMs(), fresh: this.#fresh }
    const limitMs = plan.connectTimeoutMs + OVERDUE_MS
    const connection = await connectWithin(driver, targetOf(config, plan), limitMs, config.label, options)
    if (wanted === "any") return connection
    const bounds = limit(options.signal, time.remainingMs(), checkTimedOut)
    try {
      const unfit = await unfitFor(wanted, connection, bounds.signal)
      if (unfit === undefined) return connection
      throw sessionError(unfit, connection)
    } catch (error) {
      // Closed gracefully, as in libpq; the search does not wait for that.
      leave(connection)
      throw isSessionError(error) ? error : checkFailed(error, connection)
    } finally {
      bounds.end()
    }
  }

  #failed(host: Host, address: string | undefined, encryption: "plain" | "tls", error: PgsdError, next: Verdict): void {
    const attempt = { host: hostName(host), address, port: host.port, encryption, error }
    this.attempts.push(attempt)
    this.#settings.onFailure(attempt, next)
  }

  #throwIfAborted(): void {
    if (this.#signal?.aborted) throw this.#signal.reason
  }
}

/** Nothing is listening, or there is no response in time. */
function isSilence(error: PgsdError): boolean {
  const phase = error instanceof DatabaseConnectionError ? error.phase : undefined
  return error.code === "PGSD_CONNECT_TIMEOUT" || phase === "tcp" || phase === "dns"
}

/** prefer-standby looks for a standby first, then accepts any server. */
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

// Fisher–Yates, as in libpq.
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
