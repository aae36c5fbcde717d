/**
 * The full run: fetches the PostgreSQL majors that the workspace does not depend on, then runs every test at full length. `--postgres
 * 12,15` fetches only those majors in addition to the workspace's; other arguments go to vitest.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { fetchMajors, MAJORS } from "./fetched.ts"
import { root } from "./publishing/published.ts"

const { values, positionals } = parseArgs({ options: { postgres: { type: "string" } }, allowPositionals: true })
const majors = values.postgres?.split(",").map(Number) ?? MAJORS
const unknown = majors.filter((major) => !MAJORS.includes(major))
if (unknown.length > 0) {
  console.error(`--postgres ${values.postgres}: known majors are ${MAJORS.join(", ")}`)
  process.exit(2)
}

const env = { ...process.env, PGSD_TEST_FULL: "1", PGSD_TEST_PACKAGES: fetchMajors(majors) }
const vitest = join(root, "node_modules", "vitest", "vitest.mjs")
const { status } = spawnSync(process.execPath, [vitest, "run", ...positionals], { cwd: root, stdio: "inherit", env })
process.exitCode = status ?? 1
