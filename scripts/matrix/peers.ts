import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { manifests } from "../tarballs.ts"
import { type CellResult, cellText, DRIVERS, type DriverName, driverProject, runCell } from "./cells.ts"
import { type NodeProgram, nodePrograms } from "./nodes.ts"
import { runTests, TESTED_BY_THEIR_OWN, testProject } from "./package-tests.ts"

export interface PeerRow {
  readonly name: string
  readonly peer: string
  readonly range: string
  readonly lowest: string
  readonly highest: string
}

/** The lowest and highest version in each package's peer range: the conformance suite for drivers, its own tests for any other package. */
export async function peerRows(
  tarballs: ReadonlyMap<string, string>,
  work: string,
  env: Readonly<Record<string, string>>,
): Promise<PeerRow[]> {
  const rows: PeerRow[] = []
  const row = async (name: string, peer: string, run: (range: string, folder: string) => Promise<string>) => {
    const range = manifests.get(name)!.manifest.peerDependencies![peer]!
    const folder = name.replace("@pgsd/", "")
    const said = async (wanted: string, end: string) => {
      const text = await run(wanted, join(work, `${folder}-${end}`))
      console.log(`${name} over ${peer} ${text}`)
      return text
    }
    // Each range begins with its lowest version.
    const lowest = await said(/\d+\.\d+\.\d+/.exec(range)![0], "lowest")
    rows.push({ name, peer, range, lowest, highest: await said(highestOf(peer, range), "highest") })
  }
  for (const driver of Object.keys(DRIVERS) as DriverName[]) {
    const { name, peer } = DRIVERS[driver]
    if (peer === undefined) continue
    await row(name, peer, async (range, folder) => {
      const project = await driverProject(driver, range, folder, tarballs)
      const result = await runCell(project, process.execPath, env)
      showFailures(result)
      return `${project.version}: ${cellText(result)}`
    })
  }
  for (const [name, peer] of Object.entries(TESTED_BY_THEIR_OWN))
    await row(name, peer, async (range, folder) => {
      const project = await testProject(name, range, folder, tarballs)
      const { path, version } = nodeFor(project.lowestNode)
      const result = await runTests(project, path, env)
      showFailures(result)
      const where = path === process.execPath ? "" : ` (Node ${version})`
      return `${project.version}: ${cellText(result)}${where}`
    })
  return rows
}

/** npm itself would install the newest that runs on this Node, or the one tagged latest. */
function highestOf(peer: string, range: string): string {
  const found: unknown = JSON.parse(execFileSync("npm", ["view", `${peer}@${range}`, "version", "--json"], { encoding: "utf8" }))
  // In the order of their publication.
  const versions = [found].flat().map(String)
  return versions.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1)!
}

function showFailures(result: CellResult): void {
  if (result.failed.length > 0 || result.crash !== undefined) console.log(result)
}

/** This one, unless the peer wants a newer one. */
function nodeFor(lowest: number | undefined): NodeProgram {
  const { node } = process.versions
  if (lowest === undefined || Number.parseInt(node, 10) >= lowest) return { path: process.execPath, version: node }
  return nodePrograms([lowest]).get(lowest)!
}
