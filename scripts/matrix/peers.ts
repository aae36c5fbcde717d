import { join } from "node:path"
import { manifests } from "../tarballs.ts"
import { cellText, DRIVERS, type DriverName, driverProject, runCell } from "./cells.ts"

export interface PeerRow {
  readonly name: string
  readonly peer: string
  readonly range: string
  readonly lowest: string
  readonly highest: string
}

/** The lowest and highest version in each driver package's peer range. */
export async function peerRows(
  tarballs: ReadonlyMap<string, string>,
  work: string,
  env: Readonly<Record<string, string>>,
): Promise<PeerRow[]> {
  const rows: PeerRow[] = []
  for (const driver of Object.keys(DRIVERS) as DriverName[]) {
    const { name, peer } = DRIVERS[driver]
    if (peer === undefined) continue
    const range = manifests.get(name)!.manifest.peerDependencies![peer]!
    const run = async (wanted: string, folder: string) => {
      const project = await driverProject(driver, wanted, join(work, folder), tarballs)
      const result = await runCell(project, process.execPath, env)
      console.log(`${name} over ${peer} ${project.version}: ${JSON.stringify(result)}`)
      return `${project.version}: ${cellText(result)}`
    }
    // Each range begins with its lowest version.
    const lowest = await run(/\d+\.\d+\.\d+/.exec(range)![0], `${driver}-lowest`)
    rows.push({ name, peer, range, lowest, highest: await run(range, `${driver}-highest`) })
  }
  return rows
}
