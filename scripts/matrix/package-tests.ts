import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../publishing/published.ts"
import { closure, manifests, npmInstall } from "../tarballs.ts"
import { type CellResult, resultOf, runIn } from "./cells.ts"

/** The packages whose peer is not a driver's library: their own tests are what they promise of it. */
export const TESTED_BY_THEIR_OWN: Readonly<Record<string, string>> = {
  "@pgsd/pg-compat": "pg",
  "@pgsd/kysely": "kysely",
  "@pgsd/opentelemetry": "@opentelemetry/api",
}

/** A package from its tarball, with its tests and a chosen version of its peer, in a separate folder. */
export interface TestProject {
  readonly folder: string
  /** Of the peer. */
  readonly version: string
  /** The lowest Node that the peer runs on, as its manifest says; undefined where it does not. */
  readonly lowestNode: number | undefined
}

/** @param range of the peer's versions: the newest in it is installed */
export async function testProject(
  name: string,
  range: string,
  folder: string,
  tarballs: ReadonlyMap<string, string>,
): Promise<TestProject> {
  const peer = TESTED_BY_THEIR_OWN[name]!
  const { folder: source, manifest } = manifests.get(name)!
  const development = Object.keys(manifest.devDependencies ?? {})
  const ours = [...closure([name, ...development.filter((each) => manifests.has(each))])].map((each) => tarballs.get(each)!)
  const others = development.filter((each) => !manifests.has(each) && each !== peer && !each.startsWith("@types/"))
  mkdirSync(folder)
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "cell", private: true, type: "module" }))
  const versions = others.map((each) => `${each}@${installed(join(source, "node_modules", each)).version}`)
  const vitest = `vitest@${installed(join(root, "node_modules/vitest")).version}`
  // Without the check of peers: another library in the tests may not claim this version of the peer yet.
  await npmInstall(folder, ["--legacy-peer-deps", ...ours, ...versions, `${peer}@${range}`, vitest])
  copyTests(name, source, folder)
  const { version, engines } = installed(join(folder, "node_modules", peer))
  const lowestNode = /^>=\s*(\d+)/.exec(engines?.node ?? "")?.[1]
  return { folder, version, lowestNode: lowestNode === undefined ? undefined : Number(lowestNode) }
}

/** All test files but those that look into the sources. What a test reads of the package is copied with it. */
function copyTests(name: string, source: string, folder: string): void {
  cpSync(join(source, "test"), join(folder, "test"), { recursive: true })
  cpSync(join(source, "README.md"), join(folder, "README.md"))
  for (const entry of readdirSync(join(folder, "test"), { recursive: true, encoding: "utf8" })) {
    if (!entry.endsWith(".ts")) continue
    const file = join(folder, "test", entry)
    const text = readFileSync(file, "utf8").replace(/"(?:\.\.\/)+src\/index\.ts"/g, JSON.stringify(name))
    if (/"(?:\.\.\/)+(?:src|scripts)\//.test(text)) rmSync(file)
    else writeFileSync(file, text)
  }
}

function installed(folder: string): { readonly version: string; readonly engines?: { readonly node?: string } } {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
}

/** Runs the tests there with that Node. */
export async function runTests({ folder }: TestProject, node: string, env: Readonly<Record<string, string>>): Promise<CellResult> {
  const report = join(folder, "report.json")
  const arguments_ = [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=json",
    `--outputFile=${report}`,
    "--testTimeout=60000",
    "--hookTimeout=60000",
  ]
  const ended = await runIn(folder, node, arguments_, env)
  return resultOf(existsSync(report) ? readReport(readFileSync(report, "utf8")) : undefined, ended)
}

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

/** Reads vitest's JSON; a file that could not be loaded counts as a failure. Undefined if it is incomplete. */
export function readReport(json: string): CellResult | undefined {
  const report = parsed(json)
  if (report === undefined) return undefined
  const all = report.testResults.flatMap(({ name, status, assertionResults }) =>
    assertionResults.length === 0 ? [{ fullName: name, status }] : assertionResults,
  )
  const failed = all.filter(({ status }) => status === "failed").map(({ fullName }) => fullName)
  return { passed: all.filter(({ status }) => status === "passed").length, failed }
}

function parsed(json: string): Report | undefined {
  try {
    return JSON.parse(json) as Report
  } catch {
    return undefined
  }
}
