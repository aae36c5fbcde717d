import { createHash } from "node:crypto"
import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import type { Deadline } from "../wait.ts"
import type { Binaries } from "./binaries.ts"
import { buildOnce } from "./build-once.ts"
import type { EmbeddedPackage } from "./embedded.ts"

/** Checks a thousand files once per process rather than once per server. */
const keys = new Map<string, string>()

/**
 * Makes the package's programs readable for an account that may have no access to the project's folder: as hard links (copies across file
 * systems) in the temporary folder, with the symbolic links that npm cannot pack.
 */
export async function stage(source: EmbeddedPackage, end: Deadline): Promise<Binaries> {
  const key = keys.get(source.native) ?? `pg${source.version}-${fingerprint(source.native)}`
  keys.set(source.native, key)
  const folder = await buildOnce(key, end, async (draft) => {
    for (const file of filesBelow(source.native)) place(join(source.native, file), join(draft, file), file.startsWith("bin/"))
    for (const { link, to } of symlinks(source.native)) {
      mkdirSync(dirname(join(draft, link)), { recursive: true })
      if (!existsSync(join(draft, link))) symlinkSync(to, join(draft, link))
    }
    // The umask may have been too strict for the server's account.
    for (const name of ["", ...readdirSync(draft, { recursive: true, encoding: "utf8" })]) {
      if (statSync(join(draft, name)).isDirectory()) chmodSync(join(draft, name), 0o755)
    }
  })
  return { major: source.major, key, bin: join(folder, "bin"), lib: join(folder, "lib") }
}

function place(from: string, to: string, program: boolean): void {
  mkdirSync(dirname(to), { recursive: true })
  const needed = program ? 0o555 : 0o444
  const { mode } = statSync(from)
  // A hard link shares its mode with the original, which must not be changed.
  if ((mode & needed) === needed && tryLink(from, to)) return
  copyFileSync(from, to)
  chmodSync(to, (mode & 0o755) | needed)
}

// EXDEV: another file system. EPERM: the system protects hard links to other owners' files.
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch {
    return false
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}

function fingerprint(folder: string): string {
  const hash = createHash("sha256")
  for (const file of filesBelow(folder)) {
    const { size, mtimeMs } = statSync(join(folder, file))
    hash.update(`${file}\0${size}\0${file.startsWith("bin/") ? mtimeMs : 0}\n`)
  }
  return hash.digest("hex").slice(0, 10)
}

/** `pg-symlinks.json` lists the links that a post-install script would create; paths are relative to the package's folder. */
function symlinks(native: string): { link: string; to: string }[] {
  const file = join(native, "pg-symlinks.json")
  if (!existsSync(file)) return []
  const entries = JSON.parse(readFileSync(file, "utf8")) as { source: string; target: string }[]
  return entries.map(({ source, target }) => {
    const link = target.replace(/^native\//, "")
    return { link, to: relative(dirname(link), source.replace(/^native\//, "")) }
  })
}
