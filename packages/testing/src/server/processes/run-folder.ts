import { randomBytes } from "node:crypto"
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { baseFolder, runsFolder } from "./base-folder.ts"
import { identify, isRunning, type ProcessIdentity } from "./identity.ts"
import { endSync, type ServerProcess } from "./signals.ts"

const OWNER = "owner.json"
const DAEMON = "daemon.json"
/** The suffix of a folder without an owner yet; a draft has none for a few milliseconds, unless its creator died. */
const DRAFT = ".new"
const DRAFT_MS = 60_000

/** A new folder for one server, that the reaper removes when this process is gone. */
export function createRunFolder(): string {
  const runs = runsFolder()
  mkdirSync(runs, { recursive: true })
  chmodSync(runs, 0o755)
  const name = randomBytes(5).toString("hex")
  const draft = join(runs, `${name}${DRAFT}`)
  mkdirSync(draft)
  chmodSync(draft, 0o755)
  writeFileSync(join(draft, OWNER), JSON.stringify(identify(process.pid)))
  // Under its name it has an owner from the first moment on.
  renameSync(draft, join(runs, name))
  return join(runs, name)
}

/** Remembers which process serves out of this folder. */
export function registerDaemon(folder: string, pid: number, endsOn: ServerProcess["endsOn"]): ServerProcess | undefined {
  const identity = identify(pid)
  if (identity === undefined) return undefined
  const server = { ...identity, endsOn }
  writeFileSync(join(folder, DAEMON), JSON.stringify(server))
  return server
}

export function removeRunFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
}

/**
 * Ends what earlier processes left behind: servers whose owner is gone, and their folders. By pid and start time, never
 * by name; what belongs to another container is left alone.
 */
export function reap(): void {
  for (const runs of new Set([join(baseFolder(), "run"), runsFolder()]))
    for (const name of list(runs)) {
      try {
        reapFolder(join(runs, name))
      } catch {
        // Another process reaps it at the same moment, or it resists: no reason for the caller's server not to start.
      }
    }
}

function reapFolder(folder: string): void {
  if (folder.endsWith(DRAFT)) {
    if (Date.now() - statSync(folder).mtimeMs > DRAFT_MS) removeRunFolder(folder)
    return
  }
  const owner = read<ProcessIdentity>(join(folder, OWNER))
  if (owner === undefined || isRunning(owner) !== false) return
  const daemon = read<ServerProcess>(join(folder, DAEMON))
  if (daemon !== undefined && isRunning(daemon)) endSync(daemon)
  removeRunFolder(folder)
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function read<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T
  } catch {
    return undefined
  }
}
