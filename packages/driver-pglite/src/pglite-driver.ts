import { PGlite } from "@electric-sql/pglite"
import {
  abortable,
  type Connection,
  type ConnectOptions,
  DatabaseConnectionError,
  type Driver,
  type DriverSupports,
  place,
  refuseUnknownOptions,
  type Target,
  toPgsdError,
} from "@pgsd/driver"
import { type ClaimedFolder, claimFolder } from "./claim-folder.ts"
import { PGliteConnection } from "./connection.ts"
import { Session } from "./session.ts"

export interface PGliteDriverOptions {
  /** A folder, or a URL that PGlite understands. @default in memory: the database lives as long as the driver */
  readonly dataDir?: string | undefined
  /** A PGlite of your own: shared with everything else that uses it, and yours to close. */
  readonly instance?: PGlite | undefined
}

/** A driver that holds a database. */
export interface PGliteDriver extends Driver, AsyncDisposable {
  /** Destroys the open connection and ends the PGlite that the driver started; one given as `instance` stays. Idempotent. */
  close(): Promise<void>
}

const OPTIONS = ["dataDir", "instance"] as const satisfies readonly (keyof PGliteDriverOptions)[]
const SUPPORTS: DriverSupports = { concurrency: "one", network: false, cancel: false, pipeline: false, channelBinding: false }

/** PostgreSQL inside this process. PGlite has one session, so one connection at a time. */
export function pgliteDriver(options: PGliteDriverOptions = {}): PGliteDriver {
  refuseUnknownOptions("option of pgliteDriver", options, OPTIONS)
  if (options.dataDir !== undefined && options.instance !== undefined)
    throw new DatabaseConnectionError(
      "PGSD_INVALID_TARGET",
      "pglite: dataDir and instance exclude one another: an instance has its own folder",
    )
  return new EmbeddedDriver(options)
}

class EmbeddedDriver implements PGliteDriver {
  readonly name = "pglite"
  readonly supports = SUPPORTS
  readonly #options: PGliteDriverOptions
  readonly #label: string
  #instance: Promise<PGlite> | undefined
  #folder: ClaimedFolder | undefined
  /** A connection is open or being opened. */
  #taken = false
  #connection: Connection | undefined
  /** The last connection's traces are being removed. */
  #leaving: Promise<void> = Promise.resolve()

  constructor(options: PGliteDriverOptions) {
    this.#options = options
    this.#label = `pglite:${options.dataDir ?? options.instance?.dataDir ?? "memory"}`
  }

  async connect(target?: Target, { signal }: ConnectOptions = {}): Promise<Connection> {
    signal?.throwIfAborted()
    if (target !== undefined)
      throw this.#refusal("PGSD_UNSUPPORTED", `it runs in this process and cannot reach ${place(target)}`, NO_TARGET)
    if (this.#taken) throw this.#refusal("PGSD_TOO_MANY_CONNECTIONS", "its one session is taken by another connection", CLOSE_FIRST)
    this.#taken = true
    const opening = this.#open(performance.now())
    try {
      return await abortable(opening, signal)
    } catch (error) {
      // PGlite cannot be stopped while it starts: the next caller gets it.
      void opening
        .then((connection) => connection.destroy())
        .catch(() => {
          this.#taken = false
        })
      if (signal?.aborted) throw signal.reason
      throw toPgsdError(error, { driver: this.name, label: this.#label, phase: "startup" })
    }
  }

  async #open(started: number): Promise<PGliteConnection> {
    await this.#leaving
    const instance = await this.#running()
    const session = new Session(instance)
    if (instance.isInTransaction()) throw this.#refusal("PGSD_TOO_MANY_CONNECTIONS", "its one session is inside a transaction", CLOSE_FIRST)
    // An instance of the caller's keeps the caller's settings.
    if (this.#options.instance === undefined) await session.prepareValues()
    const { user = "", database = "", processId, ...parameters } = await session.parameters()
    const info = {
      label: this.#label,
      user,
      database,
      processId: Number(processId),
      authentication: "trust",
      connectTimeMs: performance.now() - started,
    } as const
    const connection: PGliteConnection = new PGliteConnection(session, info, parameters, () => {
      this.#leaving = this.#leave(session, connection)
      this.#taken = false
      this.#connection = undefined
    })
    this.#connection = connection
    return connection
  }

  #running(): Promise<PGlite> {
    const { instance, dataDir } = this.#options
    if (instance !== undefined) return instance.waitReady.then(() => instance)
    if (this.#instance === undefined) this.#folder = claimFolder(dataDir, this.#label)
    this.#instance ??= PGlite.create(dataDir === undefined ? {} : { dataDir })
    // A start that failed is tried again by the next attempt.
    this.#instance.catch(() => {
      this.#instance = undefined
      this.#folder?.release()
    })
    return this.#instance
  }

  // Behind the last query, which cannot be stopped.
  async #leave(session: Session, connection: PGliteConnection): Promise<void> {
    await connection.working
    if (!session.broken) await session.leave(this.#options.instance === undefined).catch(() => {})
    // A PGlite that cannot go back to its start is of no use to the next connection.
    if (session.broken) {
      this.#instance = undefined
      this.#folder?.release()
    }
  }

  async close(): Promise<void> {
    this.#connection?.destroy()
    await this.#leaving
    const instance = this.#instance
    this.#instance = undefined
    await instance?.then((each) => (each.closed ? undefined : each.close()))
    this.#folder?.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #refusal(code: string, fact: string, hint: string): DatabaseConnectionError {
    return new DatabaseConnectionError(code, `${this.#label}: ${fact} (${hint})`, {
      driver: this.name,
      label: this.#label,
      phase: "startup",
      hint,
      retryable: code === "PGSD_TOO_MANY_CONNECTIONS",
    })
  }
}

const NO_TARGET = "connect without a target, or use a driver with a network"
const CLOSE_FIRST = "end that first, or use another pgliteDriver(): each has its own database"
