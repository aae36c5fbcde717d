import { execFileSync } from "node:child_process"
import { chmodSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { ConnectionLiteral, Target } from "@pgsd/driver"
import { serverError } from "../errors.ts"
import { giveToServer } from "../local/data-folder.ts"
import { freePort } from "../local/ports.ts"
import { DEFAULT_TIMEOUT_MS } from "../options.ts"
import type { PostgresServer, ServerRow } from "../postgres-server.ts"
import { type Daemon, readLog, startDaemon } from "../processes/daemon.ts"
import { disown, type Owned, own } from "../processes/owned.ts"
import { createRunFolder, removeRunFolder } from "../processes/run-folder.ts"
import { endSync, signal } from "../processes/signals.ts"
import { asConnection, serverTarget, serverUrl } from "../server-url.ts"
import { Session } from "../session/session.ts"
import { type Deadline, deadline, poll } from "../wait.ts"
import type { PgBouncer, PgBouncerOptions, PoolMode } from "./pg-bouncer.ts"

const HOST = "127.0.0.1"

/** A run folder with PgBouncer's two files, and the process that uses it. */
export class RunningPgBouncer implements PgBouncer, Owned {
  readonly host = HOST
  readonly mode: PoolMode
  readonly version: string
  readonly #program: string
  readonly #server: PostgresServer
  readonly #options: PgBouncerOptions
  readonly #folder = createRunFolder()
  #daemon: Daemon | undefined
  #port = 0
  #closing: Promise<void> | undefined

  constructor(program: string, options: PgBouncerOptions) {
    this.#program = program
    this.#options = options
    this.#server = options.server
    this.mode = options.mode
    own(this)
    this.version = /(\d+(\.\d+)+)/.exec(execFileSync(program, ["--version"], { encoding: "utf8", timeout: 10_000 }))?.[1] ?? ""
  }

  get port(): number {
    return this.#port
  }

  get preparedStatements(): boolean {
    const [major = 0, minor = 0] = this.version.split(".").map(Number)
    return major > 1 || minor >= 21
  }

  url(overrides: { user?: string | undefined; password?: string | undefined; database?: string | undefined } = {}): string {
    return serverUrl(this.#face, overrides)
  }

  connection(overrides: Partial<ConnectionLiteral> = {}): ConnectionLiteral {
    return { ...asConnection(this.target()), ...overrides }
  }

  target(overrides: Partial<Target> = {}): Target {
    return serverTarget(this.#face, overrides)
  }

  logs(): string {
    return readLog(this.#folder)
  }

  async admin(command: string): Promise<ServerRow[]> {
    const limits = { timeoutMs: this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS }
    const { host, port, user, password } = this.#face
    const session = await Session.open({ at: { host, port }, user, password, database: "pgbouncer", ...limits })
    try {
      return await session.query(command, limits)
    } finally {
      await session.end()
    }
  }

  async start(end: Deadline): Promise<void> {
    await poll("the start of PgBouncer", end, async () => {
      this.#port = await freePort()
      this.#configure()
      const before = this.logs().length
      const daemon = startDaemon(this.#folder, { command: this.#program, args: [join(this.#folder, "pgbouncer.ini")], endsOn: "SIGTERM" })
      this.#daemon = daemon
      const ended = await poll("the start of PgBouncer", end, async () => daemon.ended() ?? ((await this.#answers()) ? "" : undefined))
      const said = this.logs().slice(before)
      if (ended === "") return true
      if (/Address already in use/i.test(said)) return undefined
      throw serverError("PGSD_SERVER_START", `PgBouncer did not start (${ended}): ${said.trim().slice(-2_000) || "no output"}`)
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  endSync(): void {
    if (this.#daemon?.process !== undefined && this.#daemon.ended() === undefined) endSync(this.#daemon.process)
    removeRunFolder(this.#folder)
  }

  async #end(): Promise<void> {
    const daemon = this.#daemon
    try {
      if (daemon?.process === undefined) return
      signal(daemon.pid, "SIGTERM")
      await poll("stopping PgBouncer", deadline(5_000), () => daemon.ended())
    } finally {
      this.endSync()
      disown(this)
    }
  }

  get #face() {
    const { user, password, database } = this.#server
    return { host: HOST, port: this.#port, user, password, database, tls: undefined }
  }

  // Users log in with the credentials in pg_shadow: PgBouncer forwards their SCRAM proof.
  #configure(): void {
    const { host, port, user, password } = this.#server
    const settings = {
      listen_addr: HOST,
      listen_port: this.#port,
      unix_socket_dir: "",
      auth_type: "scram-sha-256",
      auth_file: join(this.#folder, "userlist.txt"),
      auth_user: user,
      admin_users: user,
      pool_mode: this.mode,
      server_tls_sslmode: "prefer",
      ...this.#options.settings,
    }
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
    const databases = `* = host=${host.startsWith("[") ? host.slice(1, -1) : host} port=${port}`
    this.#write("pgbouncer.ini", ["[databases]", databases, "[pgbouncer]", ...lines, ""].join("\n"))
    this.#write("userlist.txt", `"${user.replaceAll('"', '""')}" "${password.replaceAll('"', '""')}"\n`)
  }

  #write(name: string, text: string): void {
    const file = join(this.#folder, name)
    writeFileSync(file, text)
    chmodSync(file, 0o600)
    giveToServer(file)
  }

  async #answers(): Promise<boolean> {
    try {
      await this.admin("SHOW VERSION")
      return true
    } catch {
      return false
    }
  }
}
