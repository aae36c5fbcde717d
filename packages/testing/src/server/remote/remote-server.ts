import type { ConnectionLiteral, Target } from "@pgsd/driver"
import { serverError } from "../errors.ts"
import type { OperationOptions, PostgresServer, ServerKind, ServerRow } from "../postgres-server.ts"
import { asConnection, serverTarget, serverUrl } from "../server-url.ts"
import { Session, type SessionOptions } from "../session/session.ts"
import type { ServerTls } from "../tls/server-tls.ts"

interface RemoteServerOptions {
  readonly kind: ServerKind
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly tls?: ServerTls | undefined
  /** The user of sql(), if not `user`. */
  readonly administrator?: { readonly user: string; readonly password: string } | undefined
  readonly secure?: SessionOptions["secure"]
  /** The connection string that url() is based on. @default built from the fields above */
  readonly given?: URL | undefined
  /** Additions to target(), e.g. encryption. */
  readonly targetSettings?: Partial<Target> | undefined
  readonly timeoutMs: number
  readonly logs?: (() => string) | undefined
  readonly setHba?: ((lines: readonly string[]) => Promise<void>) | undefined
  /** Reverts what the start did; called once, while sql() still works. */
  readonly end: (server: RemoteServer) => Promise<void>
}

/** A server that is only reached over TCP: its processes and files are not accessible. */
export class RemoteServer implements PostgresServer {
  readonly kind: ServerKind
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly tls: ServerTls | undefined
  readonly socketDirectory = undefined
  readonly #options: RemoteServerOptions
  #version = 0
  #serverVersion = ""
  #closed = false
  #closing: Promise<void> | undefined

  constructor(options: RemoteServerOptions) {
    this.#options = options
    this.kind = options.kind
    this.host = options.host
    this.port = options.port
    this.user = options.user
    this.password = options.password
    this.database = options.database
    this.tls = options.tls
  }

  /** Queries the server's identity; must be called first. */
  async identify(signal?: AbortSignal): Promise<this> {
    const [row] = await this.sql("SELECT current_setting('server_version') AS text, current_setting('server_version_num') AS number", {
      signal,
    })
    this.#serverVersion = row?.text ?? ""
    this.#version = Math.floor(Number(row?.number) / 10_000)
    return this
  }

  get version(): number {
    return this.#version
  }

  get serverVersion(): string {
    return this.#serverVersion
  }

  url(overrides: { user?: string | undefined; password?: string | undefined; database?: string | undefined } = {}): string {
    const { given } = this.#options
    if (given === undefined) return serverUrl(this, overrides)
    const url = new URL(given)
    url.username = encodeURIComponent(overrides.user ?? this.user)
    url.password = encodeURIComponent(overrides.password ?? this.password)
    url.pathname = `/${encodeURIComponent(overrides.database ?? this.database)}`
    return url.href
  }

  connection(overrides: Partial<ConnectionLiteral> = {}): ConnectionLiteral {
    return { ...asConnection(this.target()), ...overrides }
  }

  target(overrides: Partial<Target> = {}): Target {
    return serverTarget(this, { ...this.#options.targetSettings, ...overrides })
  }

  async sql(text: string, options: OperationOptions & { readonly database?: string | undefined } = {}): Promise<ServerRow[]> {
    if (this.#closed) throw serverError("PGSD_SERVER_STATE", "sql(): this server was closed", { hint: "start a new one" })
    const { host, port, secure, administrator } = this.#options
    const { user, password } = administrator ?? this
    const limits = { timeoutMs: options.timeoutMs ?? this.#options.timeoutMs, signal: options.signal }
    const session = await Session.open({
      at: { host, port },
      user,
      password,
      database: options.database ?? this.database,
      secure,
      ...limits,
    })
    try {
      return await session.query(text, limits)
    } finally {
      await session.end()
    }
  }

  logs(): string {
    return this.#options.logs?.() ?? ""
  }

  stop(): Promise<void> {
    return this.#cannot("stop()")
  }

  start(): Promise<void> {
    return this.#cannot("start()")
  }

  restart(): Promise<void> {
    return this.#cannot("restart()")
  }

  pause(): Promise<void> {
    return this.#cannot("pause()")
  }

  resume(): Promise<void> {
    return this.#cannot("resume()")
  }

  promote(): Promise<void> {
    return this.#cannot("promote()")
  }

  catchUp(): Promise<void> {
    return this.#cannot("catchUp()")
  }

  async setHba(lines: readonly string[]): Promise<void> {
    if (this.#options.setHba === undefined) return this.#cannot("setHba()")
    await this.#options.setHba(lines)
    await this.reload()
  }

  async reload(): Promise<void> {
    await this.sql("SELECT pg_reload_conf()")
  }

  close(): Promise<void> {
    this.#closing ??= this.#options.end(this).finally(() => {
      this.#closed = true
    })
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #cannot(what: string): Promise<never> {
    throw serverError("PGSD_SERVER_UNSUPPORTED", `${what}: a server of kind "${this.kind}" does not support this`, {
      hint: 'use kind: "embedded" or "system"',
    })
  }
}
