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
import { encodingChanged } from "@pgsd/driver/adapter"
import { claimFolder, releaseFolder, tryClaimFolder } from "./claim-folder.ts"
import { PGliteConnection } from "./connection.ts"
import { Session } from "./session.ts"

export interface PGliteDriverOptions {
  /** A folder, or a URL that PGlite understands. @default in memory, for the lifetime of the driver */
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

/** The one session of a PGlite. */
interface Seat {
  /** A connection is open or being opened. */
  taken: boolean
  /** The last connection's traces are being removed. */
  leaving: Promise<void>
}

/** Of the callers' instances: several drivers may share one. */
const seats = new WeakMap<PGlite, Seat>()

class EmbeddedDriver implements PGliteDriver {
  readonly name = "pglite"
  readonly supports = SUPPORTS
  readonly #options: PGliteDriverOptions
  readonly #label: string
  readonly #seat: Seat = { taken: false, leaving: Promise.resolve() }
  #instance: Promise<PGlite> | undefined
  #connection: Connection | undefined

  constructor(options: PGliteDriverOptions) {
    const { dataDir, instance } = options
    this.#options = options
    this.#label = `pglite:${dataDir ?? instance?.dataDir ?? "memory"}`
    if (instance === undefined) return
    this.#seat = seats.get(instance) ?? this.#seat
    seats.set(instance, this.#seat)
    // It is open: a refusal is connect()'s.
    tryClaimFolder(instance.dataDir, instance)
  }

  async connect(target?: Target, { signal }: ConnectOptions = {}): Promise<Connection> {
    signal?.throwIfAborted()
    if (target !== undefined)
      throw this.#refusal("PGSD_UNSUPPORTED", `it runs in this process and cannot reach ${place(target)}`, NO_TARGET)
    if (this.#seat.taken) throw this.#refusal("PGSD_TOO_MANY_CONNECTIONS", "its one session is taken by another connection", CLOSE_FIRST)
    this.#seat.taken = true
    const opening = this.#open(performance.now())
    try {
      return await abortable(opening, signal)
    } catch (error) {
      // PGlite cannot be stopped while it starts: the next caller gets it.
      void opening
        .then((connection) => connection.destroy())
        .catch(() => {
          this.#seat.taken = false
        })
      if (signal?.aborted) throw signal.reason
      throw toPgsdError(error, { driver: this.name, label: this.#label, phase: "startup" })
    }
  }

  async #open(started: number): Promise<PGliteConnection> {
    await this.#seat.leaving
    const instance = await this.#running()
    const session = new Session(instance, this.#options.instance === undefined)
    if (instance.isInTransaction()) throw this.#refusal("PGSD_TOO_MANY_CONNECTIONS", "its one session is inside a transaction", CLOSE_FIRST)
    const { user = "", database = "", processId, ...parameters } = await session.begin()
    const at = { driver: this.name, label: this.#label, user, database }
    const changed = encodingChanged(parameters.client_encoding ?? "", at)
    if (changed !== undefined) throw changed
    const info = {
      label: this.#label,
      user,
      database,
      processId: Number(processId),
      authentication: "trust",
      connectTimeMs: performance.now() - started,
    } as const
    const connection: PGliteConnection = new PGliteConnection(session, info, parameters, () => {
      this.#seat.leaving = this.#leave(session, connection)
      this.#seat.taken = false
      this.#connection = undefined
    })
    this.#connection = connection
    return connection
  }

  #running(): Promise<PGlite> {
    const { instance, dataDir } = this.#options
    if (instance !== undefined) {
      claimFolder(instance.dataDir, instance, this.#label)
      return instance.waitReady.then(() => instance)
    }
    if (this.#instance === undefined) claimFolder(dataDir, this, this.#label)
    this.#instance ??= PGlite.create(dataDir === undefined ? {} : { dataDir })
    // A start that failed is tried again by the next attempt.
    this.#instance.catch(() => {
      this.#instance = undefined
      releaseFolder(this)
    })
    return this.#instance
  }

  // Behind the last query, which cannot be stopped.
  async #leave(session: Session, connection: PGliteConnection): Promise<void> {
    await connection.working()
    if (!session.broken) await session.leave(this.#options.instance === undefined).catch(() => {})
    // A PGlite that cannot go back to its start is of no use to the next connection.
    if (session.broken) {
      this.#instance = undefined
      releaseFolder(this)
    }
  }

  async close(): Promise<void> {
    this.#connection?.destroy()
    await this.#seat.leaving
    const instance = this.#instance
    this.#instance = undefined
    await instance?.then((each) => (each.closed ? undefined : each.close()))
    releaseFolder(this)
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
