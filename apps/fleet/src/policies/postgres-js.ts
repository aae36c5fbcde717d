import type { Session } from "../server.ts"
import type { FleetPool, Outcome, PolicyOptions } from "./policy.ts"

interface Query {
  readonly ms: number
  readonly settle: (outcome: Outcome) => void
}

/** connect_timeout, index.js 453: 30 s by default. */
const CONNECT_TIMEOUT_MS = 30_000
/** max_pipeline, index.js 455. */
const MAX_PIPELINE = 100

/**
 * How postgres.js 3.4.9 connects (src/index.js, src/connection.js), with its own names. A query goes to an open connection, else to a
 * closed one, which it opens, else behind others (`handler`, index.js 329). The query that opened a connection gets its failure (`errored`,
 * connection.js 390). A connection that has closed with queries in the queue opens again (`onclose`, index.js 421) after
 * `backoff(retries)`, whose count is shared and only grows with socket errors (`closed`, connection.js 454 to 456; `backoff`, index.js
 * 511).
 */
export function postgresJs(options: PolicyOptions): FleetPool {
  return new PostgresJs(options)
}

class PostgresJs implements FleetPool {
  readonly #closed: Line[]
  readonly #open: Line[] = []
  readonly #busy: Line[] = []
  readonly #queries: Query[] = []
  retries = 0

  constructor(options: PolicyOptions) {
    this.#closed = Array.from({ length: options.max }, () => new Line(options, this))
  }

  call(ms: number): Promise<Outcome> {
    return new Promise((settle) => this.#handle({ ms, settle }))
  }

  #handle(query: Query): void {
    const open = this.#open.shift()
    if (open !== undefined) {
      this.#go(open, query)
      return
    }
    const closed = this.#closed.shift()
    if (closed !== undefined) {
      closed.connect(query)
      return
    }
    const busy = this.#busy.shift()
    if (busy !== undefined) this.#go(busy, query)
    else this.#queries.push(query)
  }

  #go(line: Line, query: Query): void {
    if (line.execute(query)) this.#busy.push(line)
  }

  opened(line: Line): void {
    this.leave(line)
    const query = this.#queries.shift()
    if (query !== undefined) this.#go(line, query)
    else if (line.sent === 0) this.#open.push(line)
    else if (line.sent < MAX_PIPELINE) this.#busy.push(line)
  }

  leave(line: Line): void {
    for (const list of [this.#open, this.#busy]) {
      const at = list.indexOf(line)
      if (at >= 0) list.splice(at, 1)
    }
  }

  hasClosed(line: Line): void {
    this.leave(line)
    const query = this.#queries.shift()
    if (query === undefined) this.#closed.push(line)
    else line.connect(query)
  }
}

/** One connection, for the lifetime of its pool. */
class Line {
  readonly #options: PolicyOptions
  readonly #pool: PostgresJs
  #sent: Query[] = []
  #session: Session | undefined
  #idleTimer: unknown
  #closedAt: number | undefined
  #delay = 0

  constructor(options: PolicyOptions, pool: PostgresJs) {
    this.#options = options
    this.#pool = pool
  }

  get sent(): number {
    return this.#sent.length
  }

  /** reconnect(), connection.js 361: the rest of the pause since it closed. */
  connect(initial: Query): void {
    const { clock, server } = this.#options
    const pause = this.#closedAt === undefined ? 0 : Math.max(0, this.#closedAt + this.#delay - clock.now())
    clock.setTimeout(() => {
      const abandon = server.attempt(
        (session) => {
          clock.clearTimeout(timer)
          this.#pool.retries = 0
          this.#session = session
          session.onLost(() => this.#lost())
          if (this.execute(initial)) this.#pool.opened(this)
        },
        (why) => {
          clock.clearTimeout(timer)
          initial.settle("failed")
          this.#close(why === "refused")
        },
      )
      const timer = clock.setTimeout(() => {
        abandon()
        initial.settle("failed")
        this.#close(true)
      }, CONNECT_TIMEOUT_MS)
    }, pause)
  }

  /** @returns whether it accepts more */
  execute(query: Query): boolean {
    this.#options.clock.clearTimeout(this.#idleTimer)
    this.#sent.push(query)
    if (this.#sent.length === 1) this.#work()
    return this.#sent.length < MAX_PIPELINE
  }

  #work(): void {
    const [query] = this.#sent
    if (query === undefined) {
      this.#rest()
      return
    }
    this.#session!.work(query.ms, (ok) => {
      if (!ok) return
      this.#sent.shift()
      query.settle("served")
      this.#work()
    })
  }

  #rest(): void {
    const { clock, idleTimeoutMs } = this.#options
    this.#pool.opened(this)
    if (this.#sent.length > 0) return
    this.#idleTimer = clock.setTimeout(() => {
      if (this.#sent.length > 0) return
      this.#session?.end()
      this.#close(false)
    }, idleTimeoutMs)
  }

  #lost(): void {
    for (const query of this.#sent.splice(0)) query.settle("lost")
    this.#close(false)
  }

  /** closed(), connection.js 436. @param hadError of the socket, which a FATAL message is not */
  #close(hadError: boolean): void {
    const { clock, random } = this.#options
    clock.clearTimeout(this.#idleTimer)
    this.#session = undefined
    this.#closedAt = clock.now()
    if (hadError) this.#pool.retries++
    this.#delay = (0.5 + random() / 2) * Math.min(3 ** this.#pool.retries / 100, 20) * 1_000
    this.#pool.hasClosed(this)
  }
}
