import { realpathSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { DatabaseConnectionError } from "@pgsd/driver"

/** The folders that drivers of this process have open. Two PGlites over one folder overwrite each other's data. */
const claimed = new Set<string>()

export interface ClaimedFolder {
  /** Another driver may open it. Idempotent. */
  release(): void
}

/**
 * Claims the folder of a database for one driver; undefined for a database in memory or in another store.
 *
 * @throws DatabaseConnectionError PGSD_INVALID_TARGET when another driver of this process has it open, by whatever path
 */
export function claimFolder(dataDir: string | undefined, label: string): ClaimedFolder | undefined {
  const folder = dataDir === undefined ? undefined : folderOf(dataDir)
  if (folder === undefined) return undefined
  if (claimed.has(folder)) {
    const hint = "share one pgliteDriver(), or close the other one first"
    throw new DatabaseConnectionError(
      "PGSD_INVALID_TARGET",
      `${label}: another pgliteDriver() of this process has this folder open (${hint})`,
      {
        driver: "pglite",
        label,
        phase: "startup",
        hint,
      },
    )
  }
  claimed.add(folder)
  return { release: () => void claimed.delete(folder) }
}

function folderOf(dataDir: string): string | undefined {
  if (dataDir.startsWith("file://"))
    return realFolder(dataDir.startsWith("file:///") ? fileURLToPath(dataDir) : dataDir.slice("file://".length))
  return /^[a-z][a-z+-]+:\/\//i.test(dataDir) ? undefined : realFolder(dataDir)
}

/** Links followed as far as the path exists. */
function realFolder(path: string): string {
  const whole = resolve(path)
  try {
    return realpathSync(whole)
  } catch {
    const parent = dirname(whole)
    return parent === whole ? whole : join(realFolder(parent), basename(whole))
  }
}
