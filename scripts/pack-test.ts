/**
 * Installs every package as a user would: `pnpm pack`, then `npm install` of the tarball with only its declared dependencies, in an empty
 * project outside the workspace. Imports it from plain ESM JavaScript, `require`s it from CommonJS, type-checks an import of it, and runs a
 * few lines that use it. The samples are copied there, too, and tested as their READMEs describe. Needs `pnpm build` first. Arguments:
 * names of packages to test.
 */
import { execFile } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { concurrently } from "../packages/testing/src/concurrently.ts"
import { postgresServer } from "../packages/testing/src/server/index.ts"
import { root } from "./publishing/published.ts"
import { closure, manifests, npmInstall, packAll } from "./tarballs.ts"

/** PGlite 0.5's declarations refer to types of Emscripten and the DOM without including them: its users set skipLibCheck. */
const FOREIGN_FAULTS = new Set(["@pgsd/driver-pglite"])

/** Apps to copy. They are not part of the workspace. */
const SAMPLES = ["sample-service", "sample-adapter"]

const run = promisify(execFile)
const uses = fileURLToPath(new URL("pack-uses", import.meta.url))

function tarballsOf(names: readonly string[], tarballs: ReadonlyMap<string, string>): string[] {
  return [...closure(names)].map((each) => tarballs.get(each)!)
}

async function tryPackage(name: string, tarballs: ReadonlyMap<string, string>, work: string): Promise<void> {
  const { manifest } = manifests.get(name)!
  const project = join(work, name.slice("@pgsd/".length))
  mkdirSync(project)
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }))
  const optional = manifest.peerDependenciesMeta as Readonly<Record<string, { readonly optional?: boolean }>> | undefined
  const peers = Object.entries(manifest.peerDependencies ?? {})
    .filter(([peer]) => !optional?.[peer]?.optional)
    .map(([peer, range]) => `${peer}@${range}`)
  await npmInstall(project, [...tarballsOf([name], tarballs), ...peers])

  if (manifest.bin === undefined) await importPackage(name, project)
  await usePackage(name, project)
}

/** As a user would: copy, `npm install`, `npm test`. */
async function trySample(name: string, tarballs: ReadonlyMap<string, string>, work: string): Promise<void> {
  const project = join(work, name)
  cpSync(join(root, "apps", name), project, { recursive: true, filter: (path) => !/[\\/](node_modules|dist)$/.test(path) })
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"))
  const ours = Object.keys({ ...dependencies, ...devDependencies }).filter((each) => manifests.has(each))
  await npmInstall(project, tarballsOf(ours, tarballs))
  await run("npm", ["test"], { cwd: project, timeout: 300_000, maxBuffer: 2 ** 24 })
}

/** From ESM, CommonJS and TypeScript. */
async function importPackage(name: string, project: string): Promise<void> {
  const entries = Object.keys(manifests.get(name)!.manifest.exports ?? {}).filter((entry) => !entry.endsWith(".json"))
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
}

async function usePackage(name: string, project: string): Promise<void> {
  const use = join(uses, `${name.slice("@pgsd/".length)}.mjs`)
  if (!existsSync(use)) throw new Error(`${use} is missing: every package shows a use of itself`)
  cpSync(use, join(project, "use.mjs"))
  const env = name === "@pgsd/cli" ? await twoServers() : {}
  await run(process.execPath, ["use.mjs"], { cwd: project, timeout: 60_000, env: { ...process.env, ...env } })
}

const servers: { close(): Promise<void> }[] = []

/** The servers that the program compares run here: when installed separately it has none, and needs none except for its demo. */
async function twoServers(): Promise<Record<string, string>> {
  const pair = await Promise.all([postgresServer(), postgresServer()])
  servers.push(...pair)
  await pair[0].sql("CREATE TABLE rows (id int PRIMARY KEY)")
  await pair[1].sql("CREATE TABLE rows (id bigint PRIMARY KEY)")
  return { SOURCE: pair[0].url(), TARGET: pair[1].url() }
}

const work = mkdtempSync(join(tmpdir(), "pgsd-pack-"))
let failed = 0
try {
  const tarballs = await packAll(work)
  const chosen = process.argv.slice(2)
  // Much of an installation is npm waiting for its registry.
  await concurrently(3, chosen.length > 0 ? chosen : [...SAMPLES, ...manifests.keys()], async (name) => {
    const sample = SAMPLES.includes(name)
    try {
      await (sample ? trySample : tryPackage)(name, tarballs, work)
      const how = sample ? "tested" : manifests.get(name)!.manifest.bin ? "run" : "imported from ESM, CommonJS and TypeScript, used"
      console.log(`ok      ${name}: installed with npm, ${how}`)
    } catch (error) {
      failed += 1
      const { message, stdout, stderr } = error as { message: string; stdout?: string; stderr?: string }
      console.error(`FAILED  ${name}: ${message}\n${stdout ?? ""}${stderr ?? ""}`)
    }
  })
} finally {
  for (const server of servers) await server.close()
  rmSync(work, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1
