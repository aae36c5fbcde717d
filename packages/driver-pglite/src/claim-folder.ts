import { realpathSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { DatabaseConnectionError } from "@pgsd/driver"

/**
 * Folders opened by PGlite in this process, and their holders: a driver, or a caller's PGlite until it is closed. Two instances on one
 * folder overwrite each other's data.
 */
const claimed = new Map<string, WeakRef<object>>()

/**
 * Claims a database folder; does nothing for a database in memory or in another store. The same holder may claim it again.
 *
 * @throws DatabaseConnectionError PGSD_INVALID_TARGET if another PGlite of this process has the folder open, by whatever path
 */
export function claimFolder(dataDir: string | undefined, holder: object, label: string): void {
  if (tryClaimFolder(dataDir, holder)) return
  const hint = "share one pgliteDriver(), or close the other one first"
  throw new DatabaseConnectionError("PGSD_INVALID_TARGET", `${label}: another PGlite of this process has this folder open (${hint})`, {
    driver: "pglite",
    label,
    phase: "startup",
    hint,
  })
}

/** Like {@link claimFolder}, but returns false if another holder has it. */
export function tryClaimFolder(dataDir: string | undefined, holder: object): boolean {
  const folder = dataDir === undefined ? undefined : folderOf(dataDir)
  if (folder === undefined) return true
  const by = claimed.get(folder)?.deref()
  if (by !== undefined && by !== holder && !isClosed(by)) return false
  claimed.set(folder, new WeakRef(holder))
  return true
}

/** Releases the holder's folders. Idempotent. */
export function releaseFolder(holder: object): void {
  for (const [folder, by] of claimed) if (by.deref() === holder) claimed.delete(folder)
}

function isClosed(holder: object): boolean {
  return "closed" in holder && holder.closed === true
}

function folderOf(dataDir: string): string | undefined {
  if (dataDir.startsWith("file://"))
    return realFolder(dataDir.startsWith("file:///") ? fileURLToPath(dataDir) : dataDir.slice("file://".length))
  return /^[a-z][a-z+-]+:\/\//i.test(dataDir) ? undefined : realFolder(dataDir)
}

/** Resolves symbolic links as far as the path exists. */
function realFolder(path: string): string {
  const whole = resolve(path)
  try {
    return realpathSync(whole)
  } catch {
    const parent = dirname(whole)
    return parent === whole ? whole : join(realFolder(parent), basename(whole))
  }
}
