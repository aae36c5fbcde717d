import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, realpathSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Binaries } from "./binaries.ts"

/** The PostgreSQL installations of this machine, one per major version, oldest first. */
export function systemBinaries(): Binaries[] {
  const found = new Map<number, Binaries>()
  for (const bin of new Set(candidates())) {
    const version = versionIn(bin)
    if (version !== undefined && !found.has(version.major)) {
      found.set(version.major, { major: version.major, bin, key: `system-${version.text.replace(/[^\w.]+/g, "-")}` })
    }
  }
  return [...found.values()].sort((a, b) => a.major - b.major)
}

function candidates(): string[] {
  return [
    output("pg_config", ["--bindir"]),
    ...versionFolders("/usr/lib/postgresql"),
    ...versionFolders("/opt/homebrew/opt", /^postgresql/),
    onPath(),
  ].filter((folder): folder is string => folder !== undefined)
}

/** Debian's and Homebrew's folders, one per version. */
function versionFolders(parent: string, pattern = /^\d+$/): string[] {
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .filter((name) => pattern.test(name))
    .map((name) => join(parent, name, "bin"))
}

/** The real location of the `postgres` in PATH: a folder of symbolic links may lack initdb. */
function onPath(): string | undefined {
  const program = output("sh", ["-c", "command -v postgres"])
  return program === undefined || !program.startsWith("/") ? undefined : dirname(realpathSync(program))
}

function versionIn(bin: string): { major: number; text: string } | undefined {
  if (!existsSync(join(bin, "initdb"))) return undefined
  const text = output(join(bin, "postgres"), ["--version"])?.replace(/^.*?(\d)/, "$1")
  const major = Number.parseInt(text ?? "", 10)
  return text === undefined || Number.isNaN(major) ? undefined : { major, text }
}

function output(command: string, args: readonly string[]): string | undefined {
  try {
    const text = execFileSync(command, args, { encoding: "utf8", timeout: 10_000, stdio: ["ignore", "pipe", "ignore"] }).trim()
    return text === "" ? undefined : text
  } catch {
    return undefined
  }
}
