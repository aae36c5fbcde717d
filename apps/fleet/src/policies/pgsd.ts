import {
  type Connection,
  type ConnectionStatus,
  DatabaseConnectionError,
  EndListeners,
  isPgsdError,
  type PgsdError,
  type QueryResult,
} from "@pgsd/driver"
import { createConnectionPool } from "@pgsd/pool"
import type { Refusal, Session, SimulatedServer } from "../server.ts"
import type { FleetPool, PolicyOptions } from "./policy.ts"

const CODES: Readonly<Record<Refusal, string>> = {
  refused: "PGSD_CONNECTION_REFUSED",
  starting: "PGSD_SERVER_NOT_READY",
  full: "PGSD_TOO_MANY_CONNECTIONS",
}

/** The real pool, with its defaults, over the simulated server. */
export function pgsd({ clock, server, random, max, idleTimeoutMs }: PolicyOptions): FleetPool {
  const pool = createConnectionPool({
    open: ({ signal }) => open(server, signal),
    label: "fleet",
    max,
    idleTimeoutMs,
    clock,
    random,
  })
  return {
    call: (ms) =>
      pool.query("work", [ms]).then(
        () => "served",
        (error: unknown) => (isPgsdError(error) && error.code === "PGSD_CONNECTION_LOST" ? "lost" : "failed"),
      ),
  }
}

function open(server: SimulatedServer, signal: AbortSignal): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const abandon = server.attempt(
      (session) => resolve(new SimulatedConnection(session)),
      (why) => reject(failure(CODES[why])),
    )
    signal.addEventListener(
      "abort",
      () => {
        abandon()
        reject(signal.reason)
      },
      { once: true },
    )
  })
}

function failure(code: string): DatabaseConnectionError {
  return new DatabaseConnectionError(code, code, { phase: "startup", retryable: true })
}

const EMPTY: QueryResult = { rows: [], rowCount: 0, command: "", fields: [] }

/** The part of the contract that a pool's query() needs. */
class SimulatedConnection implements Connection {
  readonly info = { label: "fleet", user: "fleet", database: "fleet", processId: 0, authentication: "trust", connectTimeMs: 0 } as const
  readonly transactionEpoch = 0
  readonly serverParameters = {}
  readonly native = undefined
  readonly #session: Session
  readonly #closed = new EndListeners<[error: PgsdError | undefined]>()
  #status: ConnectionStatus = "idle"

  constructor(session: Session) {
    this.#session = session
    session.onLost(() => this.#end(failure("PGSD_CONNECTION_LOST")))
  }

  get status(): ConnectionStatus {
    return this.#status
  }

  query<R>(_sql: string, params: readonly unknown[] = [0]): Promise<QueryResult<R>> {
    return new Promise((resolve, reject) => {
      this.#status = "busy"
      this.#session.work(params[0] as number, (ok) => {
        if (this.#status === "busy") this.#status = "idle"
        if (ok) resolve(EMPTY as QueryResult<R>)
        else reject(failure("PGSD_CONNECTION_LOST"))
      })
    })
  }

  pipeline(): never {
    throw failure("PGSD_UNSUPPORTED")
  }

  copyFrom(): never {
    throw failure("PGSD_UNSUPPORTED")
  }

  copyTo(): never {
    throw failure("PGSD_UNSUPPORTED")
  }

  onClose(listener: (error: PgsdError | undefined) => void): void {
    this.#closed.add(listener)
  }

  onNotice(): void {}

  onNotification(): void {}

  close(): Promise<void> {
    this.destroy()
    return Promise.resolve()
  }

  destroy(): void {
    this.#session.end()
    this.#end(undefined)
  }

  #end(error: PgsdError | undefined): void {
    if (this.#status === "closed") return
    this.#status = "closed"
    this.#closed.emit(error)
  }
}
