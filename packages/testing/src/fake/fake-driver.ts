import {
  type ConnectionPlace,
  type ConnectOptions,
  DatabaseConnectionError,
  type Driver,
  type DriverSupports,
  type Notification,
  refuseUnknownOptions,
  type Target,
} from "@pgsd/driver"
import { type FakeClock, pause, systemClock } from "./clock.ts"
import { type FakeFailure, failureOf } from "./failure.ts"
import { type FakeConnection, type FakeServer, FakeSession } from "./fake-connection.ts"
import { infoOf, refusePassword, SERVER_PARAMETERS } from "./handshake.ts"
import { type FakeAnswer, type FakeMatch, type FakeQuery, type FakeResult, Script } from "./script.ts"

export interface FakeDriverOptions {
  /** @default "fake" */
  readonly name?: string | undefined
  /** @default many connections, cancel and pipeline; no network, no channel binding */
  readonly supports?: Partial<DriverSupports> | undefined
  /** The clock of delays and deadlines. @default the system's timers */
  readonly clock?: FakeClock | undefined
  /** Parameters that new connections report, in addition to the defaults of a PostgreSQL 18. */
  readonly serverParameters?: Readonly<Record<string, string>> | undefined
  /** If given, a target with another password is rejected with 28P01. */
  readonly password?: string | undefined
  /** The result of a query without a scripted answer: no rows, or an error that names it. @default "empty" */
  readonly unscripted?: "empty" | "error" | undefined
  /** How long close() waits for a query in flight, in ms. @default 5_000 */
  readonly closeTimeoutMs?: number | undefined
}

export interface FakeCounts {
  /** Number of connect() calls. */
  readonly attempts: number
  /** Number of connect() calls in progress. */
  readonly connecting: number
  /** Number of connect() calls that rejected. */
  readonly failed: number
  readonly opened: number
  /** Number of connections ended by close(), destroy() or a loss. */
  readonly closed: number
  readonly open: number
}

/** A driver without a database: the test decides what it answers, and when. */
export interface FakeDriver extends Driver {
  connect(target?: Target, options?: ConnectOptions): Promise<FakeConnection>
  readonly counts: FakeCounts
  /** Open connections, oldest first. */
  readonly connections: readonly FakeConnection[]
  /** Targets of all attempts. */
  readonly targets: readonly (Target | undefined)[]
  /** Every query on every connection, in the order of their start. */
  readonly queries: readonly FakeQuery[]
  /** Answers for matching queries; later answers take precedence. `times` limits how often it is used. */
  answer(match: FakeMatch, answer: FakeAnswer, options?: { readonly times?: number }): void
  /** Every later attempt takes `ms`; `Infinity` blocks until its deadline or signal. @default 0 */
  delayConnects(ms: number): void
  /** The next attempts fail. @default every one, until allowConnects() */
  failConnects(failure: FakeFailure, options?: { readonly times?: number }): void
  /** Ends failConnects() and delayConnects(); hanging attempts continue. */
  allowConnects(): void
  /**
   * A NOTIFY of another session, received by each connection that has sent LISTEN for the channel. Those of its own sessions are received,
   * too.
   */
  notify(channel: string, payload?: string): void
  /** All open connections are lost. @default ECONNRESET */
  killAll(failure?: FakeFailure): void
  /** What is still open, as text: connections and attempts in progress. Empty when everything was released. */
  leaks(): readonly string[]
}

const SUPPORTS: DriverSupports = { concurrency: "many", network: false, cancel: true, pipeline: true, channelBinding: false }

const OPTIONS = [
  "name",
  "supports",
  "clock",
  "serverParameters",
  "password",
  "unscripted",
  "closeTimeoutMs",
] as const satisfies readonly (keyof FakeDriverOptions)[]

export function fakeDriver(options: FakeDriverOptions = {}): FakeDriver {
  refuseUnknownOptions("option of a fake driver", options, OPTIONS)
  return new Fake(options)
}

class Fake implements FakeDriver {
  readonly name: string
  readonly supports: DriverSupports
  readonly targets: (Target | undefined)[] = []
  readonly queries: FakeQuery[] = []
  readonly #options: FakeDriverOptions
  readonly #clock: FakeClock
  readonly #script = new Script()
  readonly #connections = new Set<FakeSession>()
  readonly #server: FakeServer
  #failure: { readonly failure: FakeFailure; times: number } | undefined
  #delayMs = 0
  #hanging = new AbortController()
  #connecting = 0
  #failed = 0
  #opened = 0

  constructor(options: FakeDriverOptions) {
    this.#options = options
    this.name = options.name ?? "fake"
    this.supports = { ...SUPPORTS, ...options.supports }
    this.#clock = options.clock ?? systemClock
    this.#server = {
      cancels: this.supports.cancel,
      clock: this.#clock,
      closeTimeoutMs: options.closeTimeoutMs ?? 5_000,
      started: (query) => this.queries.push(query),
      answerTo: (query) => this.#script.find(query),
      unscripted: (query) => this.#unscripted(query),
      ended: (connection) => this.#connections.delete(connection as FakeSession),
      notified: (notification) => this.#notified(notification),
    }
  }

  get counts(): FakeCounts {
    const open = this.#connections.size
    const opened = this.#opened
    return { attempts: this.targets.length, connecting: this.#connecting, failed: this.#failed, opened, closed: opened - open, open }
  }

  get connections(): readonly FakeConnection[] {
    return [...this.#connections]
  }

  async connect(target?: Target, options: ConnectOptions = {}): Promise<FakeConnection> {
    this.targets.push(target)
    this.#connecting += 1
    const context = { driver: this.name, label: target?.label, host: target?.host, port: target?.port }
    try {
      await this.#attempt(target, options, context)
      if (this.supports.concurrency === "one" && this.#connections.size > 0)
        throw failureOf({ sqlState: "53300", message: "the only session is in use" }, { ...context, phase: "session" })
      return this.#open(target)
    } catch (error) {
      this.#failed += 1
      throw error
    } finally {
      this.#connecting -= 1
    }
  }

  async #attempt(target: Target | undefined, { signal, onSocketConnect }: ConnectOptions, context: ConnectionPlace): Promise<void> {
    signal?.throwIfAborted()
    if (target === undefined && this.supports.network)
      throw new DatabaseConnectionError("PGSD_INVALID_TARGET", `${this.name}: a target is required`, context)
    // Decided when the attempt starts: later changes by the test affect later attempts.
    const failure = this.#nextFailure()
    if (this.#delayMs > 0) await this.#wait(this.#delayMs, target?.connectTimeoutMs ?? 10_000, signal, context)
    if (this.supports.network) onSocketConnect?.()
    signal?.throwIfAborted()
    if (failure !== undefined) throw failureOf(failure, { ...context, phase: "startup" })
    await refusePassword(this.#options.password, target, signal, context)
    signal?.throwIfAborted()
  }

  async #wait(delayMs: number, timeoutMs: number, signal: AbortSignal | undefined, context: ConnectionPlace): Promise<void> {
    const stop = AbortSignal.any(signal === undefined ? [this.#hanging.signal] : [this.#hanging.signal, signal])
    await pause(Math.min(delayMs, timeoutMs), this.#clock, stop)
    signal?.throwIfAborted()
    if (delayMs <= timeoutMs || stop.aborted) return
    const text = `${this.name}: no connection within ${timeoutMs} ms`
    throw new DatabaseConnectionError("PGSD_CONNECT_TIMEOUT", text, { ...context, phase: "startup", retryable: true })
  }

  #open(target: Target | undefined): FakeConnection {
    const id = ++this.#opened
    const connection = new FakeSession(id, infoOf(this.name, id, target), this.#parametersFor(target), this.#server)
    this.#connections.add(connection)
    return connection
  }

  #nextFailure(): FakeFailure | undefined {
    if (this.#failure === undefined || this.#failure.times <= 0) return undefined
    this.#failure.times -= 1
    return this.#failure.failure
  }

  #parametersFor(target: Target | undefined): Readonly<Record<string, string>> {
    return {
      ...SERVER_PARAMETERS,
      session_authorization: target?.user ?? "postgres",
      application_name: target?.startup?.application_name ?? "",
      ...this.#options.serverParameters,
    }
  }

  #unscripted(query: FakeQuery): FakeResult {
    if (this.#options.unscripted !== "error" || query.sql === "") return {}
    return { error: { sqlState: "XX000", message: `no answer was scripted for: ${query.sql}` } }
  }

  answer(match: FakeMatch, answer: FakeAnswer, options: { readonly times?: number } = {}): void {
    this.#script.add(match, answer, options.times)
  }

  delayConnects(ms: number): void {
    this.#delayMs = ms
  }

  failConnects(failure: FakeFailure, options: { readonly times?: number } = {}): void {
    this.#failure = { failure, times: options.times ?? Number.POSITIVE_INFINITY }
  }

  allowConnects(): void {
    this.#failure = undefined
    this.#delayMs = 0
    this.#hanging.abort()
    this.#hanging = new AbortController()
  }

  notify(channel: string, payload = ""): void {
    this.#notified({ channel, payload, processId: 0 })
  }

  #notified(notification: Notification): void {
    for (const session of [...this.#connections]) session.hear(notification)
  }

  killAll(failure?: FakeFailure): void {
    for (const connection of this.connections) connection.kill(failure)
  }

  leaks(): readonly string[] {
    const open = this.connections.map((each) => `connection ${each.id} (${each.info.label}) is open, ${each.status}`)
    return this.#connecting === 0 ? open : [...open, `${this.#connecting} connection attempts are in progress`]
  }
}
