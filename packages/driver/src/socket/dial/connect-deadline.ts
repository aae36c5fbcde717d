import { place } from "../../classify.ts"
import { LONGEST_TIMER_MS } from "../../clock.ts"
import { type ConnectPhase, DatabaseConnectionError } from "../../errors.ts"
import { AbortSource, onAbort } from "../../on-abort.ts"
import type { Target } from "../../target.ts"

export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000

const WAITS: Readonly<Record<ConnectPhase, string>> = {
  dns: "the DNS lookup",
  tcp: "the TCP connection",
  tls: "TLS",
  startup: "the server's first response",
  auth: "authentication",
  ready: "the server to be ready",
  session: "the session settings",
}

/** The deadline of a whole connection attempt: DNS, TCP, TLS, startup and authentication. Its creator ends it or passes it on. */
export interface ConnectDeadline {
  /** performance.now() at the start of the attempt. */
  readonly startedAt: number
  /** Aborts with {@link reason} when the time is up or the caller aborts. */
  readonly signal: AbortSignal
  /** PGSD_CONNECT_TIMEOUT, or the caller's `signal.reason`; undefined while the attempt may continue. */
  readonly reason: unknown
  /** The phase the attempt is in, named in the timeout error. */
  phase: ConnectPhase
  /** The IP address being dialled, named in the timeout error. */
  address: string | undefined
  elapsedMs(): number
  /** 0 when expired, Infinity without a limit. */
  remainingMs(): number
  /** Clears the timer and stops listening to the caller's signal. Idempotent. */
  end(): void
}

/** Starts the deadline of `target.connectTimeoutMs` (default 10 s) and follows the caller's `signal`; `driver` is named in the error. */
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
    const text = `${where}: no connection within ${this.#timeoutMs} ms${via}; ${Math.round(this.elapsedMs())} ms elapsed, most recently waiting for ${WAITS[this.phase]}`
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
