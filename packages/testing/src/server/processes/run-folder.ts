import { randomBytes } from "node:crypto"
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { baseFolder, runsFolder } from "./base-folder.ts"
import { identify, isRunning, type ProcessIdentity } from "./identity.ts"
import { endSync, type ServerProcess } from "./signals.ts"

const OWNER = "owner.json"
const DAEMON = "daemon.json"
/** The suffix of a folder without an owner; a draft has none for a few milliseconds, unless its creator died. */
const DRAFT = ".new"
const DRAFT_MS = 60_000

/** A new folder for one server, which the reaper removes once this process has ended. */
export function createRunFolder(): string {
  const runs = runsFolder()
  mkdirSync(runs, { recursive: true })
  chmodSync(runs, 0o755)
  const name = randomBytes(5).toString("hex")
  const draft = join(runs, `${name}${DRAFT}`)
  mkdirSync(draft)
  chmodSync(draft, 0o755)
  writeFileSync(join(draft, OWNER), JSON.stringify(identify(process.pid)))
  // Under its final name it has an owner from the start.
  renameSync(draft, join(runs, name))
  return join(runs, name)
}

/** Records the process that uses this folder. */
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
 * Ends what earlier processes left behind: servers whose owner has ended, and their folders. Identified by pid and start time, never by
 * name; those of another container are left alone.
 */
export function reap(): void {
  for (const runs of new Set([join(baseFolder(), "run"), runsFolder()]))
    for (const name of list(runs)) {
      try {
        reapFolder(join(runs, name))
      } catch {
        // Another process may be reaping it, or it cannot be removed: no reason to fail the caller's start.
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
