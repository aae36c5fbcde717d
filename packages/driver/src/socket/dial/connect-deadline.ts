import { place } from "../../classify.ts"
import { LONGEST_TIMER_MS } from "../../clock.ts"
import { type ConnectPhase, DatabaseConnectionError } from "../../errors.ts"
import { AbortSource, onAbort } from "../../on-abort.ts"
import type { Target } from "../../target.ts"

export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000

const WAITS: Readonly<Record<ConnectPhase, string>> = {
  dns: "the name's lookup",
  tcp: "the socket's connection",
  tls: "TLS",
  startup: "the server's first answer",
  auth: "authentication",
  ready: "the server to be ready",
  session: "the session's settings",
}

/** The one clock of a whole attempt: DNS, TCP, TLS, start-up and authentication together. Its creator ends it, or hands it on. */
export interface ConnectDeadline {
  /** performance.now() when the attempt began. */
  readonly startedAt: number
  /** Aborts with {@link reason} when the time is over or the caller gave up. */
  readonly signal: AbortSignal
  /** PGSD_CONNECT_TIMEOUT, or the caller's own `signal.reason`; undefined as long as the attempt may go on. */
  readonly reason: unknown
  /** What the attempt is waiting for: the error of a timeout names it. */
  phase: ConnectPhase
  /** The IP address being dialled, for the same error. */
  address: string | undefined
  elapsedMs(): number
  /** 0 when over, Infinity when there is no limit. */
  remainingMs(): number
  /** Clears the timer and leaves the caller's signal. Idempotent. */
  end(): void
}

/** Starts the clock of `target.connectTimeoutMs` (10 s unless given) and follows the caller's `signal`; `driver` goes into the error. */
export function createConnectDeadline(target: Target, signal?: AbortSignal, driver?: string): ConnectDeadline {
  return new RunningDeadline(target, signal, driver)
}

class RunningDeadline implements ConnectDeadline {
  readonly startedAt = performance.now()
  phase: ConnectPhase = "dns"
  address: string | undefined
  readonly #source = new AbortSource()
  readonly #target: Target
  readonly #driver: string | undefined
  readonly #timeoutMs: number
  readonly #timer: NodeJS.Timeout | undefined
  readonly #unlisten: () => void = () => {}

  constructor(target: Target, caller: AbortSignal | undefined, driver: string | undefined) {
    this.#target = target
    this.#driver = driver
    this.#timeoutMs = target.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS
    if (caller?.aborted) this.#stop(caller.reason)
    else {
      if (caller !== undefined) this.#unlisten = onAbort(caller, () => this.#stop(caller.reason))
      if (this.#timeoutMs <= LONGEST_TIMER_MS) this.#timer = setTimeout(() => this.#stop(this.#timedOut()), this.#timeoutMs)
    }
  }

  get signal(): AbortSignal {
    return this.#source.signal
  }

  get reason(): unknown {
    return this.signal.aborted ? this.signal.reason : undefined
  }

  elapsedMs(): number {
    return performance.now() - this.startedAt
  }

  remainingMs(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.#timeoutMs - this.elapsedMs())
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#unlisten()
  }

  #stop(reason: unknown): void {
    this.end()
    this.#source.abort(reason)
  }

  #timedOut(): DatabaseConnectionError {
    const { host, port, user, database, label } = this.#target
    const where = place({ host, port, label })
    const via = this.address === undefined || this.address === host ? "" : ` (address ${this.address})`
    const text = `${where}: no connection within ${this.#timeoutMs} ms${via}; ${Math.round(this.elapsedMs())} ms went by, the last of them waiting for ${WAITS[this.phase]}`
    const hint = "is the network slow or does a firewall drop packets? raise connectTimeoutMs if this server needs longer"
    return new DatabaseConnectionError("PGSD_CONNECT_TIMEOUT", `${text} (${hint})`, {
      phase: this.phase,
      retryable: true,
      hint,
      driver: this.#driver,
      host,
      address: this.address,
      port,
      user,
      database,
      label,
    })
  }
}
