import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { root } from "../publishing/published.ts"
import { manifests, npmInstall } from "../tarballs.ts"
import { type CellResult, cellText, DRIVERS, type DriverName, driverProject, runCell } from "./cells.ts"

const run = promisify(execFile)
const TESTS_TIMEOUT_MS = 600_000

/** The packages over a peer that have no conformance suite: their own tests are run with the peer in that version. */
const BY_THEIR_TESTS = { "@pgsd/kysely": "kysely", "@pgsd/opentelemetry": "@opentelemetry/api" } as const

export interface PeerRow {
  readonly name: string
  readonly peer: string
  readonly range: string
  readonly lowest: string
  readonly highest: string
}

/** The lowest and the highest version of each peer that a package claims. */
export async function peerRows(
  tarballs: ReadonlyMap<string, string>,
  work: string,
  env: Readonly<Record<string, string>>,
): Promise<PeerRow[]> {
  const rows: PeerRow[] = []
  for (const driver of Object.keys(DRIVERS) as DriverName[]) {
    const { name, peer } = DRIVERS[driver]
    if (peer === undefined) continue
    rows.push(
      await rowOf(name, peer, async (range, which) => {
        const project = await driverProject(driver, range, join(work, `${driver}-${which}`), tarballs)
        return [project.version!, await runCell(project, process.execPath, env)]
      }),
    )
  }
  for (const [name, peer] of Object.entries(BY_THEIR_TESTS))
    rows.push(await rowOf(name, peer, (range, which) => runTests(name, peer, range, join(work, `${peer.replace("/", "-")}-${which}`))))
  return rows
}

type Probe = (range: string, which: "lowest" | "highest") => Promise<[version: string, result: CellResult]>

async function rowOf(name: string, peer: string, probe: Probe): Promise<PeerRow> {
  const range = manifests.get(name)!.manifest.peerDependencies![peer]!
  const text = async (wanted: string, which: "lowest" | "highest") => {
    const [version, result] = await probe(wanted, which)
    console.log(`${name} over ${peer} ${version}: ${JSON.stringify(result)}`)
    return `${version}: ${cellText(result)}`
  }
  // Each range begins with its lowest version.
  const lowest = /\d+\.\d+\.\d+/.exec(range)![0]
  return { name, peer, range, lowest: await text(lowest, "lowest"), highest: await text(range, "highest") }
}

/** The package's tests from source, with every import of the peer led to that version. */
async function runTests(name: string, peer: string, range: string, folder: string): Promise<[string, CellResult]> {
  mkdirSync(folder)
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }))
  await npmInstall(folder, [`${peer}@${range}`])
  const installed = join(folder, "node_modules", peer)
  const report = join(folder, "report.json")
  const config = fileURLToPath(new URL("peer.vitest.ts", import.meta.url))
  const tests = `${manifests.get(name)!.folder.slice(root.length + 1)}/test`
  const args = [join(root, "node_modules/vitest/vitest.mjs"), "run", tests, "--config", config, "--reporter=json", `--outputFile=${report}`]
  const env = { ...process.env, MATRIX_PEER: peer, MATRIX_PEER_FOLDER: installed }
  rmSync(report, { force: true })
  // A test that failed is in the report.
  await run(process.execPath, args, { cwd: root, env, timeout: TESTS_TIMEOUT_MS, maxBuffer: 2 ** 26 }).catch(() => {})
  return [JSON.parse(readFileSync(join(installed, "package.json"), "utf8")).version, readReport(report)]
}

interface Report {
  readonly numPassedTests: number
  readonly testResults: readonly { readonly name: string; readonly message: string; readonly assertionResults: readonly Assertion[] }[]
}

interface Assertion {
  readonly status: string
  readonly fullName: string
}

function readReport(file: string): CellResult {
  let report: Report
  try {
    report = JSON.parse(readFileSync(file, "utf8"))
  } catch (error) {
    return { passed: 0, failed: [], crash: String(error) }
  }
  const broken = report.testResults.filter(({ assertionResults, message }) => assertionResults.length === 0 && message !== "")
  const failed = report.testResults.flatMap(({ assertionResults }) => assertionResults.filter(({ status }) => status === "failed"))
  return { passed: report.numPassedTests, failed: [...failed.map(({ fullName }) => fullName), ...broken.map(({ name }) => name)] }
}
