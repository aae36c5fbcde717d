import { connect, type Socket } from "node:net"
import { DatabaseConnectionError, fromServer, type PgsdError, timerDelay, toPgsdError } from "@pgsd/driver"
import type { ServerRow } from "../postgres-server.ts"
import { authenticate } from "./authenticate.ts"
import { cancelRequest, cString, type Message, MessageReader, message, startup } from "./messages.ts"

export interface SessionOptions {
  /** Path of a Unix socket, or a TCP address. */
  readonly at: { readonly path: string } | { readonly host: string; readonly port: number }
  readonly user: string
  readonly password?: string | undefined
  readonly database: string
  /** Upgrades a connected socket (TLS). */
  readonly secure?: ((socket: Socket) => Promise<Socket>) | undefined
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * A minimal client for setting up servers, so that the user need not pass a driver: one session, the simple protocol, text values, one call
 * at a time.
 */
export class Session {
  readonly #socket: Socket
  readonly #reader = new MessageReader()
  readonly #waiting: Message[] = []
  readonly #at: SessionOptions["at"]
  #wake: (() => void) | undefined
  #lost: Error | undefined
  /** From BackendKeyData, for a CancelRequest. */
  #key: Buffer = Buffer.alloc(0)
  /** ParameterStatus, e.g. `server_version`. */
  readonly parameters: Record<string, string> = {}

  private constructor(socket: Socket, at: SessionOptions["at"]) {
    this.#socket = socket
    this.#at = at
    socket.on("data", (bytes: Buffer) => {
      this.#waiting.push(...this.#reader.read(bytes))
      this.#wake?.()
    })
    socket.on("error", (error) => this.#lose(error))
    socket.on("close", () => this.#lose(new DatabaseConnectionError("PGSD_CONNECTION_LOST", "the server closed the connection")))
  }

  static async open(options: SessionOptions): Promise<Session> {
    const plain = connect(options.at)
    const stop = stopper(plain, options)
    try {
      await connected(plain)
      const socket = (await options.secure?.(plain)) ?? plain
      const session = new Session(socket, options.at)
      socket.write(startup({ user: options.user, database: options.database, application_name: "pgsd-testing", client_encoding: "UTF8" }))
      await authenticate(
        options,
        () => session.#next(),
        (bytes) => socket.write(bytes),
      )
      await session.#untilReady()
      return session
    } catch (error) {
      plain.destroy()
      throw stop.reason() ?? toPgsdError(error, { phase: "startup", ...placeOf(options.at) })
    } finally {
      stop.clear()
    }
  }

  /** @returns the rows of the last statement that returned rows */
  async query(sql: string, options: { timeoutMs: number; signal?: AbortSignal | undefined }): Promise<ServerRow[]> {
    const stop = stopper(this.#socket, options)
    try {
      this.#socket.write(message("Q", cString(sql)))
      return await this.#untilReady()
    } catch (error) {
      if (stop.reason() !== undefined) this.#cancel()
      throw stop.reason() ?? error
    } finally {
      stop.clear()
    }
  }

  async end(): Promise<void> {
    if (this.#socket.destroyed) return
    this.#socket.end(message("X"))
    // The server closes its end once the backend has ended, so that a later query does not find it any more.
    const timer = setTimeout(() => this.#socket.destroy(), 1_000)
    await new Promise((resolve) => (this.#socket.destroyed ? resolve(undefined) : this.#socket.once("close", resolve)))
    clearTimeout(timer)
  }

  async #untilReady(): Promise<ServerRow[]> {
    let names: string[] = []
    let rows: ServerRow[] = []
    let failure: PgsdError | undefined
    for (;;) {
      const each = await this.#next()
      if (each.type === "S") this.parameters[each.text()] = each.text()
      else if (each.type === "K") this.#key = each.rest()
      else if (each.type === "T") {
        names = each.fieldNames()
        rows = []
      } else if (each.type === "D") rows.push(Object.fromEntries(each.values().map((value, index) => [names[index]!, value])))
      else if (each.type === "E") failure ??= fromServer(each.error(), undefined, {})
      else if (each.type === "Z") {
        if (failure !== undefined) throw failure
        return rows
      }
    }
  }

  async #next(): Promise<Message> {
    for (;;) {
      const next = this.#waiting.shift()
      if (next !== undefined) return next
      if (this.#lost !== undefined) throw toPgsdError(this.#lost, placeOf(this.#at))
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  // A server that is executing a statement does not notice that its client has disconnected.
  #cancel(): void {
    const socket = connect(this.#at)
    socket.on("error", () => undefined)
    socket.end(cancelRequest(this.#key))
  }

  #lose(error: Error): void {
    this.#lost ??= error
    this.#wake?.()
  }
}

function placeOf(at: SessionOptions["at"]): { host?: string; port?: number } {
  return "path" in at ? {} : at
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject)
    socket.once("close", reject) // destroyed at a deadline
    socket.once("connect", () => {
      socket.off("error", reject)
      socket.off("close", reject)
      resolve()
    })
  })
}

/** Destroys the socket at the deadline or abort, and records the reason. */
function stopper(socket: Socket, { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined }) {
  let why: unknown
  const stop = (reason: unknown) => {
    why = reason
    socket.destroy()
  }
  const timer = setTimeout(
    () => stop(new DatabaseConnectionError("PGSD_SERVER_TIMEOUT", `no answer within ${timeoutMs} ms`)),
    timerDelay(timeoutMs),
  )
  const abort = () => stop(signal?.reason)
  signal?.addEventListener("abort", abort, { once: true })
  if (signal?.aborted) abort()
  return {
    reason: () => why,
    clear: () => {
      clearTimeout(timer)
      signal?.removeEventListener("abort", abort)
    },
  }
}
