/**
 * Installs every package as a user would: `pnpm pack`, then `npm install` of the tarball with only what it declares, in an
 * empty project outside the workspace; imports it from plain ESM JavaScript, `require`s it from CommonJS, type-checks an
 * import of it, and runs a few lines that use it. Needs `pnpm build` first.
 */
import { execFile } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { optional?: boolean }>>
}

/** PGlite 0.5's own declarations name Emscripten's and the DOM's types without bringing them: its users set skipLibCheck. */
const FOREIGN_FAULTS = new Set(["@pgsd/driver-pglite"])

const run = promisify(execFile)
const root = fileURLToPath(new URL("..", import.meta.url))
const uses = fileURLToPath(new URL("pack-uses", import.meta.url))

const manifests = new Map(
  readdirSync(join(root, "packages")).map((folder) => {
    const manifest: Manifest = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"))
    return [manifest.name, { folder: join(root, "packages", folder), manifest }] as const
  }),
)

/** The package itself and the house packages it depends on, each once. */
function closure(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found
  found.add(name)
  for (const dependency of Object.keys(manifests.get(name)!.manifest.dependencies ?? {}))
    if (manifests.has(dependency)) closure(dependency, found)
  return found
}

async function pack(name: string, into: string): Promise<string> {
  const { folder } = manifests.get(name)!
  const target = join(into, `${name.replace("@", "").replace("/", "-")}.tgz`)
  await run("pnpm", ["pack", "--out", target], { cwd: folder })
  return target
}

async function tryPackage(name: string, tarballs: ReadonlyMap<string, string>, work: string): Promise<void> {
  const { manifest } = manifests.get(name)!
  const project = join(work, name.slice("@pgsd/".length))
  mkdirSync(project)
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }))
  const peers = Object.entries(manifest.peerDependencies ?? {})
    .filter(([peer]) => !manifest.peerDependenciesMeta?.[peer]?.optional)
    .map(([peer, range]) => `${peer}@${range}`)
  const house = [...closure(name)].map((each) => tarballs.get(each)!)
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", ...house, ...peers], { cwd: project })

  const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith(".json"))
  const specifiers = entries.map((entry) => name + entry.slice(1))
  const imports = specifiers.map((specifier, index) => `import * as m${index} from ${JSON.stringify(specifier)}`).join("\n")
  const proof = specifiers.map((_, index) => `if (Object.keys(m${index}).length === 0) throw new Error("nothing exported")`).join("\n")
  writeFileSync(join(project, "esm.mjs"), `${imports}\n${proof}\n`)
  writeFileSync(join(project, "cjs.cjs"), specifiers.map((specifier) => `require(${JSON.stringify(specifier)})`).join("\n"))
  writeFileSync(join(project, "types.ts"), `${imports}\nexport const all = [${specifiers.map((_, index) => `m${index}`).join(", ")}]\n`)
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        module: "NodeNext",
        target: "ES2022",
        lib: ["ES2023", "ESNext.Disposable"],
        strict: true,
        skipLibCheck: FOREIGN_FAULTS.has(name),
        noEmit: true,
        types: ["node"],
        typeRoots: [join(root, "node_modules/@types")],
      },
      files: ["types.ts"],
    }),
  )
  await run(process.execPath, ["esm.mjs"], { cwd: project })
  await run(process.execPath, ["cjs.cjs"], { cwd: project })
  await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "."], { cwd: project })

  const use = join(uses, `${name.slice("@pgsd/".length)}.mjs`)
  if (!existsSync(use)) throw new Error(`${use} is missing: every package shows a use of itself`)
  cpSync(use, join(project, "use.mjs"))
  await run(process.execPath, ["use.mjs"], { cwd: project, timeout: 60_000 })
}

const work = mkdtempSync(join(tmpdir(), "pgsd-pack-"))
let failed = 0
try {
  const tarballs = new Map<string, string>()
  for (const name of manifests.keys()) tarballs.set(name, await pack(name, work))
  for (const name of manifests.keys()) {
    try {
      await tryPackage(name, tarballs, work)
      console.log(`ok      ${name}: installed with npm, imported from ESM, CommonJS and TypeScript, used`)
    } catch (error) {
      failed += 1
      const { message, stdout, stderr } = error as { message: string; stdout?: string; stderr?: string }
      console.error(`FAILED  ${name}: ${message}\n${stdout ?? ""}${stderr ?? ""}`)
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1
