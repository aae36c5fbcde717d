/**
 * Runs the conformance suite with packed tarballs: every Node × every PostgreSQL × every socket driver, and the drivers' peers in
 * the lowest and highest version of their ranges; for other packages' peers it runs those packages' tests. Then writes docs/compatibility.md. Needs `pnpm build` first.
 *
 * `pnpm matrix 20 22:14,18` runs all PostgreSQL majors with Node 20, and 14 and 18 with Node 22; without arguments all with all.
 * `--only peers` or `--only nodes` runs one of the two tables and keeps the other. `--at-once 4` runs so many cells at a time; by default as
 * many as there are cores.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { fetchMajors, MAJORS } from "../fetched.ts"
import { root } from "../publishing/published.ts"
import { manifests, npmInstall, packAll } from "../tarballs.ts"
import { type CellResult, cellText, DRIVERS, type DriverName, type DriverProject, driverProject, runCell } from "./cells.ts"
import { NODES, type NodeProgram, nodePrograms } from "./nodes.ts"
import { peerRows } from "./peers.ts"

const PAGE = join(root, "docs/compatibility.md")
const SOCKET_DRIVERS: readonly DriverName[] = ["pg", "postgres", "wire"]

const { values, positionals } = parseArgs({
  options: { only: { type: "string" }, "at-once": { type: "string", default: String(availableParallelism()) } },
  allowPositionals: true,
})
const atOnce = Number(values["at-once"])
if (!Number.isSafeInteger(atOnce) || atOnce < 1) refuse(`--at-once ${values["at-once"]}: a number of cells, at least 1`)
const plan = new Map((positionals.length > 0 ? positionals : NODES.map(String)).map(readArgument))

function readArgument(argument: string): [node: number, majors: readonly number[]] {
  const [node = "", majors] = argument.split(":")
  const chosen = majors?.split(",").map(Number) ?? MAJORS
  if (!NODES.includes(Number(node) as never) || chosen.some((major) => !MAJORS.includes(major)))
    refuse(`${argument}: a Node of ${NODES.join(", ")}, and after a colon majors of ${MAJORS.join(", ")}`)
  return [Number(node), chosen]
}

function refuse(text: string): never {
  console.error(text)
  process.exit(2)
}

interface TableRow {
  readonly node: NodeProgram
  readonly project: DriverProject
  readonly title: string
  readonly cells: Map<number, CellResult>
}

/** Cells run side by side, because they wait most of the time. Written after each one, so that an interrupted run keeps its results. */
async function nodesTable(tarballs: ReadonlyMap<string, string>, work: string, env: Readonly<Record<string, string>>): Promise<void> {
  const programs = nodePrograms(NODES)
  const docker = await dockerLine(tarballs, work)
  const rows: TableRow[] = []
  const pending: { readonly row: TableRow; readonly major: number }[] = []
  const projects = await driverProjects(tarballs, work)
  for (const [node, majors] of plan)
    for (const [driver, project] of projects) {
      const title = [DRIVERS[driver].peer ?? driver, project.version].filter(Boolean).join(" ")
      const row: TableRow = { node: programs.get(node)!, project, title, cells: new Map() }
      rows.push(row)
      pending.push(...majors.map((major) => ({ row, major })))
    }
  const runCells = async () => {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      const { row, major } = next
      const result = await runCell(row.project, row.node.path, { ...env, MATRIX_POSTGRES: String(major) })
      console.log(`${row.title}, Node ${row.node.version}, PostgreSQL ${major}: ${JSON.stringify(result)}`)
      row.cells.set(major, result)
      write("nodes", `${dateLine()} ${docker} An empty cell was not run.\n\n${tableOf(rows)}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, runCells))
}

async function driverProjects(tarballs: ReadonlyMap<string, string>, work: string): Promise<ReadonlyMap<DriverName, DriverProject>> {
  const projects = new Map<DriverName, DriverProject>()
  for (const driver of SOCKET_DRIVERS) {
    const { name, peer } = DRIVERS[driver]
    const range = peer && manifests.get(name)!.manifest.peerDependencies![peer]
    projects.set(driver, await driverProject(driver, range, join(work, driver), tarballs))
  }
  return projects
}

function tableOf(rows: readonly TableRow[]): string {
  const lines = rows.map(({ node, title, cells }) => {
    const results = MAJORS.map((major) => (cells.has(major) ? cellText(cells.get(major)!) : ""))
    return `| ${node.version} | ${title} | ${results.join(" | ")} |`
  })
  return `| Node | driver over | ${MAJORS.join(" | ")} |\n|---|---|${MAJORS.map(() => "---:").join("|")}|\n${lines.join("\n")}`
}

async function peersTable(tarballs: ReadonlyMap<string, string>, work: string, env: Readonly<Record<string, string>>): Promise<string> {
  const rows = await peerRows(tarballs, work, { ...env, MATRIX_POSTGRES: "18" })
  return `${dateLine()} By Node ${process.versions.node}, with PostgreSQL 18.

| package | peer | range | lowest | highest |
|---|---|---|---|---|
${rows.map(({ name, peer, range, lowest, highest }) => `| \`${name}\` | \`${peer}\` | \`${range}\` | ${lowest} | ${highest} |`).join("\n")}`
}

function dateLine(): string {
  return `Run on ${new Date().toISOString().slice(0, 10)}, ${process.platform} ${process.arch}.`
}

/** An additional cell if a Docker engine responds: the server in a container. */
async function dockerLine(tarballs: ReadonlyMap<string, string>, work: string): Promise<string> {
  const { status } = spawnSync("docker", ["info"], { stdio: "ignore", timeout: 10_000 })
  if (status !== 0) return "No Docker engine responded, so no server ran in a container."
  const project = await driverProject("pg", "^8", join(work, "docker"), tarballs)
  await npmInstall(project.folder, ["@testcontainers/postgresql@^11"])
  const result = await runCell(project, process.execPath, { MATRIX_POSTGRES: "18", MATRIX_KIND: "docker" })
  return `PostgreSQL 18 in a container, over pg: ${cellText(result)}.`
}

function write(place: string, text: string): void {
  const page = readFileSync(PAGE, "utf8")
  const marks = new RegExp(`<!-- ${place}:start -->[\\s\\S]*<!-- ${place}:end -->`)
  writeFileSync(
    PAGE,
    page.replace(marks, () => `<!-- ${place}:start -->\n${text}\n<!-- ${place}:end -->`),
  )
  if (text.includes("**")) process.exitCode = 1
}

const work = mkdtempSync(join(tmpdir(), "pgsd-matrix-"))
try {
  const env = { PGSD_TEST_PACKAGES: fetchMajors(MAJORS) }
  const tarballs = await packAll(work)
  if (values.only !== "peers") await nodesTable(tarballs, work, env)
  if (values.only !== "nodes") write("peers", await peersTable(tarballs, work, env))
} finally {
  rmSync(work, { recursive: true, force: true })
}
