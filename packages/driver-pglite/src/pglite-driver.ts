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
  /** A folder, or a URL that PGlite accepts. @default in memory, for the lifetime of the driver */
  readonly dataDir?: string | undefined
  /** An existing PGlite, possibly shared with other users; closing it is the caller's responsibility. */
  readonly instance?: PGlite | undefined
}

/** A driver that owns a database. */
export interface PGliteDriver extends Driver, AsyncDisposable {
  /** Destroys the open connection and closes the PGlite that the driver started, but not one given as `instance`. Idempotent. */
  close(): Promise<void>
}

const OPTIONS = ["dataDir", "instance"] as const satisfies readonly (keyof PGliteDriverOptions)[]
const SUPPORTS: DriverSupports = { concurrency: "one", network: false, cancel: false, pipeline: false, channelBinding: false }

/** The driver for PGlite, which is PostgreSQL inside this process. PGlite has one session, so there is one connection at a time. */
export function pgliteDriver(options: PGliteDriverOptions = {}): PGliteDriver {
  refuseUnknownOptions("option of pgliteDriver", options, OPTIONS)
  if (options.dataDir !== undefined && options.instance !== undefined)
    throw new DatabaseConnectionError(
      "PGSD_INVALID_TARGET",
      "pglite: dataDir and instance are mutually exclusive: an instance has its own folder",
    )
  return new EmbeddedDriver(options)
}

/** Access to the single session of a PGlite. */
interface Seat {
  /** A connection is open or being opened. */
  taken: boolean
  /** Removal of what the last connection left in the session. */
  leaving: Promise<void>
}

/** For instances given by callers, which several drivers may share. */
const seats = new WeakMap<PGlite, Seat>()

class EmbeddedDriver implements PGliteDriver {
  readonly name = "pglite"
  readonly supports = SUPPORTS
  readonly #options: PGliteDriverOptions
  readonly #label: string
  readonly #seat: Seat = { taken: false, leaving: Promise.resolve() }
  #instance: Promise<PGlite> | undefined
  #connection: Connection | undefined
  /** The database was in memory, and its PGlite has ended. */
  #isGone = false

  constructor(options: PGliteDriverOptions) {
    const { dataDir, instance } = options
    this.#options = options
    this.#label = `pglite:${dataDir ?? instance?.dataDir ?? "memory"}`
    if (instance === undefined) return
    this.#seat = seats.get(instance) ?? this.#seat
    seats.set(instance, this.#seat)
    // It is already open: connect() reports the conflict.
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
      // PGlite's start cannot be stopped: the next caller gets the instance.
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
    if (this.#isGone) throw this.#refusal("PGSD_CONNECTION_LOST", "its database was in memory, and is gone: PGlite has ended", ANOTHER)
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
    const connection: PGliteConnection = new PGliteConnection(session, info, parameters, !this.#isInMemory, () => {
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
    this.#instance ??= PGlite.create(dataDir === undefined ? {} : { dataDir }).catch((error: unknown) => {
      throw this.#folderError(error)
    })
    // After a failed start, the next attempt starts again.
    this.#instance.catch(() => {
      this.#instance = undefined
      releaseFolder(this)
    })
    return this.#instance
  }

  // Queued after the last query, which cannot be stopped.
  async #leave(session: Session, connection: PGliteConnection): Promise<void> {
    await connection.working()
    if (!session.broken) await session.leave(this.#options.instance === undefined).catch(() => {})
    // A PGlite that cannot be reset is useless for the next connection.
    if (session.broken || session.instance.closed) {
      this.#isGone = this.#isInMemory
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

  /** One of its own: a caller's instance is the caller's. */
  get #isInMemory(): boolean {
    const { dataDir, instance } = this.#options
    return instance === undefined && (dataDir === undefined || dataDir.startsWith("memory:"))
  }

  /** The system's error about a folder, which would be taken for one about a socket. */
  #folderError(error: unknown): unknown {
    const { code, syscall, message } = error as NodeJS.ErrnoException
    if (this.#isInMemory || code === undefined || syscall === undefined) return error
    const isFull = toPgsdError(error).code === "PGSD_OUT_OF_RESOURCES"
    const text = `${this.#label}: ${message}${isFull ? "" : ` (${FOLDER})`}`
    return new DatabaseConnectionError(isFull ? "PGSD_OUT_OF_RESOURCES" : "PGSD_INVALID_TARGET", text, {
      driver: this.name,
      label: this.#label,
      phase: "startup",
      hint: isFull ? undefined : FOLDER,
      retryable: isFull,
      cause: error,
    })
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

const FOLDER = "dataDir must be a folder that this process can make and write"
const ANOTHER = "make another pgliteDriver(), or give it a dataDir"
const NO_TARGET = "connect without a target, or use a driver with a network"
const CLOSE_FIRST = "end that first, or use another pgliteDriver(): each has its own database"
