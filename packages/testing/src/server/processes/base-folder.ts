import { chmodSync, lstatSync, mkdirSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { serverError } from "../errors.ts"

/**
 * Longest folder name that leaves room for a Unix socket named `.s.PGSQL.65535` (sun_path holds 104 bytes on macOS), less what is added
 * below the base.
 */
const LONGEST_BASE = 50

const known = new Map<string, string>()

/**
 * The folder under the system's temporary folder that contains everything of this package: staged binaries, template data folders, running
 * servers. Per user, mode 0755, so that a server under another account can read its binaries.
 */
export function baseFolder(): string {
  const parent = [tmpdir(), "/tmp", "/var/tmp"].find(isSuitable) ?? tmpdir()
  return ownFolder(parent)
}

/** The folder of running servers' data: the base folder, or PGSD_TEST_DATA, which may be in memory. */
export function runsFolder(): string {
  const parent = process.env.PGSD_TEST_DATA
  if (!parent) return join(baseFolder(), "run")
  if (!isSuitable(parent))
    throw serverError("PGSD_SERVER_START", `PGSD_TEST_DATA: ${JSON.stringify(parent)} cannot hold servers`, {
      hint: `name a folder that every account may enter, with a path shorter than ${LONGEST_BASE} characters`,
    })
  return join(ownFolder(parent), "run")
}

function ownFolder(parent: string): string {
  const seen = known.get(parent)
  if (seen !== undefined) return seen
  const uid = process.getuid?.() ?? 0
  const folder = join(parent, `pgsd-testing-${uid}`)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const found = lstatSync(folder)
  // Anyone may have created a folder of that name; its owner would choose the programs that run here.
  if (!found.isDirectory() || found.uid !== uid)
    throw serverError("PGSD_SERVER_START", `${folder} belongs to another user`, {
      hint: "remove it, or set TMPDIR to a folder of your own",
    })
  if ((found.mode & 0o777) !== 0o755) chmodSync(folder, 0o755) // the umask was stricter
  known.set(parent, folder)
  return folder
}

function isSuitable(folder: string): boolean {
  return folder.length < LONGEST_BASE && openToAll(folder)
}

function openToAll(folder: string): boolean {
  try {
    for (let each = folder; ; each = dirname(each)) {
      if ((statSync(each).mode & 0o001) === 0 && process.getuid?.() === 0) return false
      if (each === dirname(each)) return true
    }
  } catch {
    return false
  }
}
