import { chmodSync, writeFileSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import type { Binaries } from "../binaries/binaries.ts"
import { serverError } from "../errors.ts"
import type { StopMode } from "../postgres-server.ts"
import { type Daemon, readLog, startDaemon } from "../processes/daemon.ts"
import { disown, type Owned, own } from "../processes/owned.ts"
import { createRunFolder, removeRunFolder } from "../processes/run-folder.ts"
import { endSync, signal, signalFamily } from "../processes/signals.ts"
import { Session } from "../session/session.ts"
import { type Deadline, poll } from "../wait.ts"
import { environmentOf, giveToServer, privateFolder, SUPERUSER } from "./data-folder.ts"

const STOP_SIGNALS = { smart: "SIGTERM", fast: "SIGINT", immediate: "SIGQUIT" } as const

/**
 * A run folder (`data`, `socket`, `log`) and its server process, if any. Handles processes and files; the configuration's contents are up
 * to {@link PostgresServer}.
 */
export class Postmaster implements Owned {
  readonly folder = createRunFolder()
  readonly data = join(this.folder, "data")
  readonly socketDirectory: string
  readonly #binaries: Binaries
  #daemon: Daemon | undefined
  #paused = false
  #port = 0

  constructor(binaries: Binaries) {
    this.#binaries = binaries
    this.socketDirectory = privateFolder(join(this.folder, "socket"))
    own(this)
  }

  get running(): boolean {
    return this.#daemon !== undefined && this.#daemon.ended() === undefined
  }

  get port(): number {
    return this.#port
  }

  get pid(): number {
    return this.#daemon?.pid ?? 0
  }

  log(): string {
    return readLog(this.folder)
  }

  /** Writes a file of the data folder that only the server may read. */
  write(name: string, text: string): void {
    const file = join(this.data, name)
    writeFileSync(file, text)
    chmodSync(file, 0o600)
    giveToServer(file)
  }

  /**
   * Starts the server and waits until it accepts connections.
   *
   * @returns false if another process has the port
   */
  async start(port: number, end: Deadline): Promise<boolean> {
    this.#port = port
    const before = this.log().length
    const daemon = startDaemon(this.folder, {
      command: join(this.#binaries.bin, "postgres"),
      args: ["-D", this.data],
      environment: environmentOf(this.#binaries),
      endsOn: "SIGQUIT",
    })
    this.#daemon = daemon
    const ready = await poll("the start of the server", end, async () => {
      const ended = daemon.ended()
      if (ended !== undefined) return { ended }
      return (await this.#answers()) ? {} : undefined
    })
    const said = this.log().slice(before)
    // The server starts even if only one of its addresses is available.
    if (/could not bind IPv[46] address/.test(said)) {
      await this.stop("immediate", end)
      return false
    }
    if (ready.ended === undefined) return true
    throw serverError("PGSD_SERVER_START", `PostgreSQL did not start (${ready.ended}): ${said.trim().slice(-2_000) || "no output"}`)
  }

  async stop(mode: StopMode, end: Deadline): Promise<void> {
    const daemon = this.#daemon
    if (daemon === undefined || daemon.ended() !== undefined) return
    if (this.#paused) this.resume()
    signal(daemon.pid, STOP_SIGNALS[mode])
    await poll(`stopping the server (mode ${mode})`, end, () => daemon.ended())
  }

  pause(): void {
    signalFamily(this.pid, "SIGSTOP")
    this.#paused = true
  }

  resume(): void {
    signalFamily(this.pid, "SIGCONT")
    this.#paused = false
  }

  reload(): void {
    signal(this.pid, "SIGHUP")
  }

  session(database: string, options: { timeoutMs: number; signal?: AbortSignal | undefined }): Promise<Session> {
    return Session.open({ at: { path: join(this.socketDirectory, `.s.PGSQL.${this.#port}`) }, user: SUPERUSER, database, ...options })
  }

  /** Ends the server in any state, and removes the folder. */
  async remove(end: Deadline): Promise<void> {
    try {
      await this.stop("immediate", end)
      await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
    } finally {
      this.endSync()
      disown(this)
    }
  }

  endSync(): void {
    const server = this.#daemon?.process
    if (this.running && server !== undefined) endSync(server)
    removeRunFolder(this.folder)
  }

  async #answers(): Promise<boolean> {
    try {
      const session = await this.session("postgres", { timeoutMs: 5_000 })
      await session.end()
      return true
    } catch {
      return false // Not there yet, or still starting up.
    }
  }
}
