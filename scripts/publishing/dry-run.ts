/**
 * A dry run of a release: in a clone, `changeset version`, then `pnpm publish --dry-run` of each published package. Needs
 * `pnpm build`. Uncommitted changes are not included.
 */
import { execFile } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { type Manifest, published, root } from "./published.ts"

const run = promisify(execFile)
const LIMIT_MS = 300_000
const clone = mkdtempSync(join(tmpdir(), "pgsd-release-"))

function at(folder: string, file: string, ...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return run(file, args, { cwd: folder, timeout: LIMIT_MS, maxBuffer: 64 * 1024 * 1024 })
}

/** Problems of the package as it would be uploaded. */
async function faultsOf(folder: string, before: Manifest, changes: boolean): Promise<string[]> {
  const place = join(clone, folder)
  const manifest: Manifest = JSON.parse(readFileSync(join(place, "package.json"), "utf8"))
  cpSync(join(root, folder, "dist"), join(place, "dist"), { recursive: true })
  const { stdout, stderr } = await at(place, "pnpm", "publish", "--dry-run", "--no-git-checks")
  const output = stdout + stderr
  // publish names the package, pack lists its contents.
  const tarball = join(place, "package.tgz")
  const packed = await at(place, "pnpm", "pack", "--out", tarball)
  const uploaded = (await at(place, "tar", "xzOf", tarball, "package/package.json")).stdout
  const found: string[] = []
  if (changes && manifest.version === before.version) found.push(`no changeset raises its version ${before.version}`)
  if (!existsSync(join(place, "CHANGELOG.md"))) found.push("has no CHANGELOG.md")
  if (!output.includes(`${manifest.name}@${manifest.version}`))
    found.push(`the dry run does not name ${manifest.name}@${manifest.version}:\n${output}`)
  for (const file of ["LICENSE", "README.md", "CHANGELOG.md", "dist/"])
    if (!packed.stdout.includes(`\n${file}`)) found.push(`${file} would not be uploaded`)
  if (/"(?:workspace|catalog):/.test(uploaded)) found.push("a version range is not valid in a registry")
  return found
}

try {
  await at(root, "git", "clone", "--quiet", "--no-tags", root, clone)
  // Right after a release there are no changesets, and no version changes.
  const changes = readdirSync(join(clone, ".changeset")).some((file) => file.endsWith(".md") && file !== "README.md")
  await at(clone, "pnpm", "install", "--frozen-lockfile", "--prefer-offline", "--ignore-scripts")
  await at(clone, join(clone, "node_modules/.bin/changeset"), "version")
  for (const { folder, manifest } of published()) {
    const faults = await faultsOf(folder, manifest, changes)
    if (faults.length > 0) process.exitCode = 1
    process.stdout.write(faults.length === 0 ? `ok      ${manifest.name}\n` : `FAILED  ${manifest.name}: ${faults.join("; ")}\n`)
  }
} finally {
  rmSync(clone, { recursive: true, force: true })
}
