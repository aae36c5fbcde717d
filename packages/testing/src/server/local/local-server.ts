import { randomBytes } from "node:crypto"
import { type ConnectionLiteral, quoteLiteral, type Target } from "@pgsd/driver"
import type { Binaries } from "../binaries/binaries.ts"
import { serverError } from "../errors.ts"
import { DEFAULT_TIMEOUT_MS, invalid } from "../options.ts"
import type { OperationOptions, PostgresServer, PostgresServerOptions, ServerKind, ServerRow, StopOptions } from "../postgres-server.ts"
import { asConnection, serverTarget, serverUrl } from "../server-url.ts"
import { ServedTls } from "../tls/served-tls.ts"
import type { ServerTls, ServerTlsOptions } from "../tls/server-tls.ts"
import { createUsers } from "../users.ts"
import { type Deadline, deadline, poll } from "../wait.ts"
import { createDataFolder, SETTINGS_FILE, SUPERUSER } from "./data-folder.ts"
import { hbaFile } from "./hba.ts"
import { freePort, loopbackAddresses } from "./ports.ts"
import { Postmaster } from "./postmaster.ts"
import { settingsFile } from "./settings.ts"
import { copyPrimary, primaryConninfo } from "./standby.ts"

/** A server run from PostgreSQL's programs on this machine, embedded or installed. */
export class LocalServer implements PostgresServer {
  readonly kind: ServerKind
  readonly version: number
  readonly host = "127.0.0.1"
  readonly user = SUPERUSER
  readonly database = "postgres"
  readonly binaries: Binaries
  readonly postmaster: Postmaster
  readonly #options: PostgresServerOptions
  readonly #timeoutMs: number
  #password = ""
  #serverVersion = ""
  #tls: ServedTls | undefined
  #closing: Promise<void> | undefined

  private constructor(kind: ServerKind, binaries: Binaries, options: PostgresServerOptions) {
    this.kind = kind
    this.version = binaries.major
    this.binaries = binaries
    this.#options = options
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    this.postmaster = new Postmaster(binaries)
  }

  static async create(kind: ServerKind, binaries: Binaries, options: PostgresServerOptions): Promise<LocalServer> {
    const server = new LocalServer(kind, binaries, options)
    try {
      await server.#create(server.#deadline(options))
      return server
    } catch (error) {
      await server.close()
      throw error
    }
  }

  get port(): number {
    return this.postmaster.port
  }

  get socketDirectory(): string {
    return this.postmaster.socketDirectory
  }

  get password(): string {
    return this.#password
  }

  get tls(): ServerTls | undefined {
    return this.#tls
  }

  get serverVersion(): string {
    return this.#serverVersion
  }

  url(overrides: { user?: string | undefined; password?: string | undefined; database?: string | undefined } = {}): string {
    return serverUrl(this, overrides)
  }

  connection(overrides: Partial<ConnectionLiteral> = {}): ConnectionLiteral {
    return { ...asConnection(this.target()), ...overrides }
  }

  target(overrides: Partial<Target> = {}): Target {
    return serverTarget(this, overrides)
  }

  async sql(text: string, options: OperationOptions & { readonly database?: string | undefined } = {}): Promise<ServerRow[]> {
    this.#mustRun("sql()")
    const limits = { timeoutMs: options.timeoutMs ?? this.#timeoutMs, signal: options.signal }
    const session = await this.postmaster.session(options.database ?? this.database, limits)
    try {
      return await session.query(text, limits)
    } finally {
      await session.end()
    }
  }

  logs(): string {
    return this.postmaster.log()
  }

  async stop({ mode = "fast", ...options }: StopOptions = {}): Promise<void> {
    this.#mustLive("stop()")
    await this.postmaster.stop(mode, this.#deadline(options))
  }

  async start(options: OperationOptions = {}): Promise<void> {
    this.#mustLive("start()")
    if (this.postmaster.running) return
    if (await this.postmaster.start(this.port, this.#deadline(options))) return
    throw serverError("PGSD_SERVER_START", `port ${this.port} was taken by another process while the server was stopped`)
  }

  async restart({ mode, ...options }: StopOptions = {}): Promise<void> {
    await this.stop({ mode, ...options })
    await this.start(options)
  }

  async pause(): Promise<void> {
    this.#mustRun("pause()")
    this.postmaster.pause()
  }

  async resume(): Promise<void> {
    this.#mustRun("resume()")
    this.postmaster.resume()
  }

  async promote(options: OperationOptions = {}): Promise<void> {
    const [row] = await this.sql("SELECT pg_is_in_recovery() AS standby")
    if (row?.standby !== "t") throw serverError("PGSD_SERVER_STATE", "promote(): this server is a primary already")
    await this.sql("SELECT pg_promote(false)")
    await poll("the promotion", this.#deadline(options), async () => {
      const [now] = await this.sql("SELECT pg_is_in_recovery() AS standby")
      return now?.standby === "f" ? true : undefined
    })
  }

  async catchUp(options: OperationOptions = {}): Promise<void> {
    const primary = this.#options.standbyOf
    if (primary === undefined) throw serverError("PGSD_SERVER_STATE", "catchUp(): this server is not a standby")
    const [position] = await primary.sql("SELECT pg_current_wal_flush_lsn() AS lsn")
    await poll("catching up with the primary", this.#deadline(options), async () => {
      const [row] = await this.sql(`SELECT pg_last_wal_replay_lsn() >= '${position?.lsn}'::pg_lsn AS done`)
      return row?.done === "t" ? true : undefined
    })
  }

  async setHba(lines: readonly string[]): Promise<void> {
    this.#mustRun("setHba()")
    this.postmaster.write("pg_hba.conf", hbaFile(lines))
    // A file with an error is not loaded, and the reload does not report that.
    const [wrong] = await this.sql("SELECT error FROM pg_hba_file_rules WHERE error IS NOT NULL")
    if (wrong !== undefined) throw invalid(`setHba(): the server does not understand its lines: ${wrong.error}`)
    await this.reload()
  }

  async reload(): Promise<void> {
    this.#mustRun("reload()")
    const [before] = await this.sql("SELECT pg_conf_load_time() AS at")
    this.postmaster.reload()
    // The postmaster rereads pg_hba.conf before it notifies its children; a new session is a new child.
    await poll("the reload", this.#deadline(), async () => {
      const [now] = await this.sql("SELECT pg_conf_load_time() AS at")
      return now?.at !== before?.at ? true : undefined
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.postmaster.remove(this.#deadline())
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #create(end: Deadline): Promise<void> {
    const { standbyOf, users = [], hba, tls = false } = this.#options
    const primary = standbyOf === undefined ? undefined : localPrimary(standbyOf)
    const { postmaster } = this
    if (primary === undefined) await createDataFolder(postmaster.data, this.binaries, end)
    else await copyPrimary(primary, postmaster, end)
    postmaster.write("pg_hba.conf", hbaFile(hba))
    if (tls !== false) await this.#useTls(tls === true ? {} : tls)
    await this.#startOnFreePort(primary, end)
    this.#password = primary?.password ?? randomBytes(12).toString("base64url")
    const superuser = `ALTER ROLE ${SUPERUSER} PASSWORD ${quoteLiteral(this.#password)}`
    const setUp = primary === undefined ? `${createUsers(users, superuser)};` : ""
    const [row] = await this.sql(`${setUp} SHOW server_version`, { signal: end.signal })
    this.#serverVersion = row?.server_version ?? ""
  }

  async #useTls(options: ServerTlsOptions): Promise<void> {
    const tls = await ServedTls.create(this.postmaster.folder, options)
    const install = (files: Readonly<Record<string, string>>) => {
      for (const [name, text] of Object.entries(files)) this.postmaster.write(name, text)
    }
    install(tls.files)
    tls.installBy(async (files) => {
      install(files)
      await this.reload()
    })
    this.#tls = tls
  }

  async #startOnFreePort(primary: LocalServer | undefined, end: Deadline): Promise<void> {
    await poll("finding a free port", end, async () => {
      const port = await freePort()
      const place = {
        port,
        listen_addresses: loopbackAddresses().join(","),
        unix_socket_directories: this.socketDirectory,
        ...this.#tls?.settings(""),
        ...(primary === undefined ? {} : { primary_conninfo: primaryConninfo(primary.postmaster), wal_retrieve_retry_interval: "100ms" }),
      }
      this.postmaster.write(SETTINGS_FILE, settingsFile(place, this.#options.settings))
      return (await this.postmaster.start(port, end)) ? true : undefined
    })
  }

  #deadline({ timeoutMs = this.#timeoutMs, signal }: OperationOptions = {}): Deadline {
    return deadline(timeoutMs, signal)
  }

  #mustLive(what: string): void {
    if (this.#closing !== undefined) throw serverError("PGSD_SERVER_STATE", `${what}: this server was closed`, { hint: "start a new one" })
  }

  #mustRun(what: string): void {
    this.#mustLive(what)
    if (!this.postmaster.running)
      throw serverError("PGSD_SERVER_STATE", `${what}: this server is not running`, { hint: "call start() first" })
  }
}

function localPrimary(server: PostgresServer): LocalServer {
  if (server instanceof LocalServer) {
    if (server.postmaster.running) return server
    throw serverError("PGSD_SERVER_STATE", "standbyOf: the primary is not running", { hint: "call its start() first" })
  }
  throw serverError("PGSD_SERVER_UNSUPPORTED", `a server of kind "${server.kind}" cannot have a standby`, {
    hint: 'use kind: "embedded" or "system"',
  })
}
