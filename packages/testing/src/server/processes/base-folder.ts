import { chmodSync, lstatSync, mkdirSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { serverError } from "../errors.ts"

/** Longest folder in which a Unix socket named `.s.PGSQL.65535` fits (sun_path holds 104 bytes on macOS), less what is added below the base. */
const LONGEST_BASE = 50

let known: string | undefined

/**
 * The one folder under the system's temporary folder that holds everything of this package: staged binaries, template
 * data folders, running servers. Per user, 0755, so that a server under another account can read its binaries.
 */
export function baseFolder(): string {
  if (known !== undefined) return known
  const uid = process.getuid?.() ?? 0
  const parent = [tmpdir(), "/tmp", "/var/tmp"].find((folder) => folder.length < LONGEST_BASE && openToAll(folder)) ?? tmpdir()
  const folder = join(parent, `pgsd-testing-${uid}`)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const found = lstatSync(folder)
  // Anybody may have made a folder of that name first; its owner would choose the programs that run here.
  if (!found.isDirectory() || found.uid !== uid)
    throw serverError("PGSD_SERVER_START", `${folder} belongs to another user`, {
      hint: "remove it, or set TMPDIR to a folder of your own",
    })
  if ((found.mode & 0o777) !== 0o755) chmodSync(folder, 0o755) // the umask was stricter
  known = folder
  return folder
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
