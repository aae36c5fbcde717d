/**
 * The table of apps/ecosystem with the newest version of every client, on Node 22: a copy of its sources in a project outside the
 * workspace, with packed tarballs. Needs `pnpm build` first.
 */
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fetchMajors } from "../fetched.ts"
import { root } from "../publishing/published.ts"
import { closure, npmInstall, packAll } from "../tarballs.ts"
import { nodePrograms } from "./nodes.ts"

const NODE = 22
const APP = join(root, "apps/ecosystem")

const { dependencies } = JSON.parse(readFileSync(join(APP, "package.json"), "utf8")) as { dependencies: Readonly<Record<string, string>> }
const names = Object.keys(dependencies)
const project = mkdtempSync(join(tmpdir(), "pgsd-ecosystem-"))
try {
  const tarballs = await packAll(project, closure(names.filter((name) => name.startsWith("@pgsd/"))))
  const peers = names.filter((name) => !name.startsWith("@pgsd/")).map((name) => `${name}@latest`)
  cpSync(join(APP, "src"), join(project, "src"), { recursive: true })
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }))
  await npmInstall(project, [...tarballs.values(), ...peers, "tsx"])
  const env = {
    ...process.env,
    PGSD_TEST_PACKAGES: fetchMajors([18]),
    ECOSYSTEM_PAGE: join(root, "docs/ecosystem.md"),
    ECOSYSTEM_TABLE: "newest",
  }
  const args = ["--import", "tsx", "src/main.ts", ...process.argv.slice(2)]
  const { status } = spawnSync(nodePrograms([NODE]).get(NODE)!.path, args, { cwd: project, env, stdio: "inherit" })
  process.exitCode = status ?? 1
} finally {
  rmSync(project, { recursive: true, force: true })
}
