import { randomBytes } from "node:crypto"
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { baseFolder } from "../processes/base-folder.ts"
import { identify, isRunning, type ProcessIdentity } from "../processes/identity.ts"
import { type Deadline, poll } from "../wait.ts"

/**
 * A new cache is started every three days, and the one before the previous is removed: programs that clean the temporary folder remove
 * files unused for some days one by one, and nothing else would remove those of old versions.
 */
const PERIOD_MS = 3 * 24 * 3_600_000

const building = new Map<string, Promise<string>>()

/**
 * The cache folder `name`, created by `build` if missing. With several concurrent processes, one builds in a temporary folder and renames
 * it while the others wait; if the builder dies, another takes over.
 */
export function buildOnce(name: string, end: Deadline, build: (draft: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name)
  if (existsSync(folder)) return Promise.resolve(folder)
  let running = building.get(folder)
  if (running === undefined) {
    // Not bound to the first caller's signal: others wait for the same work.
    running = buildOrWait(folder, { ...end, signal: undefined }, build).finally(() => building.delete(folder))
    building.set(folder, running)
  }
  return running
}

async function buildOrWait(folder: string, end: Deadline, build: (draft: string) => Promise<void>): Promise<string> {
  const lock = `${folder}.lock`
  return poll(`making ${folder}`, end, async () => {
    if (existsSync(folder)) return folder
    if (!take(lock)) return undefined
    const draft = `${folder}.${randomBytes(4).toString("hex")}.new`
    try {
      await build(draft)
      renameInto(draft, folder)
      return folder
    } finally {
      rmSync(draft, { recursive: true, force: true })
      rmSync(lock, { force: true })
    }
  })
}

// The lock only saves work: the rename is atomic, so two builders after a takeover do no harm.
function take(lock: string): boolean {
  const draft = `${lock}.${randomBytes(4).toString("hex")}`
  writeFileSync(draft, JSON.stringify(identify(process.pid)))
  try {
    linkSync(draft, lock) // Appears with its holder's name, or not at all.
    return true
  } catch {
    const holder = readHolder(lock)
    if (holder !== undefined && isRunning(holder) === false) rmSync(lock, { force: true })
    return false
  } finally {
    rmSync(draft, { force: true })
  }
}

function readHolder(lock: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(lock, "utf8")) as ProcessIdentity
  } catch {
    return undefined // Just released.
  }
}

function renameInto(draft: string, folder: string): void {
  try {
    renameSync(draft, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  }
}

function cacheFolder(): string {
  const period = Math.floor(Date.now() / PERIOD_MS)
  const base = baseFolder()
  const folder = join(base, `cache-${period}`)
  if (existsSync(folder)) return folder
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  for (const name of readdirSync(base)) {
    const [, made] = /^cache-(\d+)$/.exec(name) ?? []
    if (made !== undefined && Number(made) < period - 1) rmSync(join(base, name), { recursive: true, force: true })
  }
  return folder
}
