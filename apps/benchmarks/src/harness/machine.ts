import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { cpus } from "node:os"
import { dirname, join } from "node:path"
import type { Machine } from "./report.ts"

const PACKAGES = ["@pgsd/pool", "pg", "pg-pool", "pg-copy-streams", "pg-promise", "kysely", "postgres", "tarn", "generic-pool", "slonik"]

export function machine(): Machine {
  const all = cpus()
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    versions: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  }
}

// Some packages do not export their package.json.
function versionOf(name: string): string {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? []
  for (const folder of folders)
    try {
      return (JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8")) as { version: string }).version
    } catch {
      // Not in this folder.
    }
  throw new Error(`${name} is not installed below ${dirname(folders[0] ?? "")}`)
}
