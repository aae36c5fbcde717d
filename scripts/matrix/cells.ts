import { execFile } from "node:child_process"
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { closure, npmInstall } from "../tarballs.ts"

const run = promisify(execFile)
const CELL_TIMEOUT_MS = 600_000

/** The drivers that run the conformance suite, and how each is created. */
export const DRIVERS = {
  pg: { name: "@pgsd/driver-pg", peer: "pg", factory: "pgDriver" },
  postgres: { name: "@pgsd/driver-postgres", peer: "postgres", factory: "postgresDriver" },
  wire: { name: "@pgsd/driver-wire", peer: undefined, factory: "wireDriver" },
  pglite: { name: "@pgsd/driver-pglite", peer: "@electric-sql/pglite", factory: "pgliteDriver" },
} as const

export type DriverName = keyof typeof DRIVERS

/** A driver from its tarball, with its peer from the registry, in a separate folder. */
export interface DriverProject {
  readonly folder: string
  /** The version of the peer; undefined for a driver without one. */
  readonly version: string | undefined
}

/** @param range of the peer's versions, of which the newest is installed */
export async function driverProject(
  driver: DriverName,
  range: string | undefined,
  folder: string,
  tarballs: ReadonlyMap<string, string>,
): Promise<DriverProject> {
  const { name, peer, factory } = DRIVERS[driver]
  mkdirSync(folder)
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "cell", private: true, type: "module" }))
  const ours = [...closure([name, "@pgsd/testing"])].map((each) => tarballs.get(each)!)
  await npmInstall(folder, [...ours, ...(peer === undefined ? [] : [`${peer}@${range}`])])
  writeFileSync(join(folder, "driver.mjs"), `import { ${factory} } from ${JSON.stringify(name)}\nexport const driver = ${factory}()\n`)
  cpSync(fileURLToPath(new URL("conformance.mjs", import.meta.url)), join(folder, "conformance.mjs"))
  if (peer === undefined) return { folder, version: undefined }
  return { folder, version: JSON.parse(readFileSync(join(folder, "node_modules", peer, "package.json"), "utf8")).version }
}

export interface CellResult {
  readonly passed: number
  readonly failed: readonly string[]
  /** The process ended before its tests did, ran none, or failed although they passed. */
  readonly crash?: string
}

/** How a cell's process ended. */
export interface Ended {
  readonly stdout: string
  readonly stderr: string
  /** Undefined if it succeeded; otherwise its exit code, or the signal that ended it. */
  readonly failure: string | undefined
}

/** Runs a cell's program with that Node, in the cell's folder. */
export async function runIn(
  folder: string,
  node: string,
  arguments_: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const options = { cwd: folder, env: { ...process.env, ...env }, timeout: CELL_TIMEOUT_MS, maxBuffer: 2 ** 26 }
  try {
    return { ...(await run(node, arguments_, options)), failure: undefined }
  } catch (error) {
    const { stdout = "", stderr = "", code, signal } = error as Partial<Record<"stdout" | "stderr" | "code" | "signal", string>>
    return { stdout, stderr, failure: String(signal ?? code) }
  }
}

/** @param read what the tests reported; undefined if that is missing or incomplete */
export function resultOf(read: CellResult | undefined, { stderr, failure }: Pick<Ended, "stderr" | "failure">): CellResult {
  if (read !== undefined && (read.failed.length > 0 || (read.passed > 0 && failure === undefined))) return read
  const fact = read === undefined ? "no report" : read.passed === 0 ? "no tests" : `ended with ${failure} although all tests passed`
  return { passed: 0, failed: [], crash: stderr.trim().split("\n").slice(-5).join("\n") || fact }
}

/** Runs the conformance suite in that project, with that Node. */
export async function runCell({ folder }: DriverProject, node: string, env: Readonly<Record<string, string>>): Promise<CellResult> {
  const ended = await runIn(folder, node, ["--test-reporter=tap", "conformance.mjs"], env)
  for (const text of failuresIn(ended.stdout)) console.error(text)
  return resultOf(readTap(ended.stdout), ended)
}

/** The laws that failed, each with its error, as node:test reports them. */
export function failuresIn(tap: string): string[] {
  return [...tap.matchAll(/^( {4,})not ok [\s\S]*?^\1 {2}\.\.\.$/gm)].map(([text]) => text)
}

/** Parses node:test's TAP output; the line of a surrounding suite has no result of its own. Undefined without its summary. */
export function readTap(tap: string): CellResult | undefined {
  const count = (word: string) => Number(new RegExp(`^# ${word} (\\d+)$`, "m").exec(tap)?.[1] ?? Number.NaN)
  if (Number.isNaN(count("pass"))) return undefined
  const failed = [...tap.matchAll(/^ {4,}not ok \d+ - (.*)$/gm)].map((match) => match[1]!)
  return {
    passed: count("pass"),
    failed: failed.length === count("fail") ? failed : Array.from({ length: count("fail") }, (_, n) => failed[n] ?? "?"),
  }
}

/** `86`, or the number passed out of all. */
export function cellText({ passed, failed, crash }: CellResult): string {
  if (crash !== undefined) return "**crashed**"
  return failed.length === 0 ? String(passed) : `**${passed} of ${passed + failed.length}**`
}
