import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import type { ServerAddress } from "../faults/scenario.ts"
import { formatSpread } from "../harness/format.ts"
import { spreadOf } from "../harness/statistics.ts"
import { SELECT_ONE } from "../measures/workloads.ts"
import type { Bench } from "./section.ts"
import type { ThroughputReport } from "./throughput.ts"

const PIPELINED = 50

interface Variant {
  readonly name: string
  readonly protocol: "simple" | "prepared"
  /** Statements in one transaction of pgbench. */
  readonly statements: number
  readonly script: string
}

const VARIANTS: readonly Variant[] = [
  { name: "pgbench", protocol: "simple", statements: 1, script: `${SELECT_ONE};\n` },
  { name: "pgbench, prepared", protocol: "prepared", statements: 1, script: `${SELECT_ONE};\n` },
  {
    name: `pgbench, prepared, ${PIPELINED} statements with one Sync`,
    protocol: "prepared",
    statements: PIPELINED,
    script: `\\startpipeline\n${`${SELECT_ONE};\n`.repeat(PIPELINED)}\\endpipeline\n`,
  },
]

const exec = promisify(execFile)

/** The limit: a client in C, if installed. */
export async function pgbenchTable(bench: Bench, server: ServerAddress): Promise<ThroughputReport> {
  const caption = "pgbench, a connection for each client: median (min..max) of the rounds"
  const columns = ["client", "connections", "CPU per query, µs", "queries per second"]
  const version = await pgbenchVersion()
  if (version === undefined)
    return { table: { caption, columns, rows: [["pgbench is not on this machine's PATH", "–", "–", "–"]] }, data: [] }
  const folder = await mkdtemp(join(tmpdir(), "pgbench-"))
  try {
    const rows: string[][] = []
    const data: object[] = []
    for (const connections of bench.quick ? [2] : [10, 100])
      for (const variant of bench.quick ? VARIANTS.slice(1, 2) : VARIANTS) {
        const file = join(folder, "script.sql")
        await writeFile(file, variant.script)
        const runs = []
        for (let round = 0; round < (bench.quick ? 1 : 3); round++) runs.push(await run(file, variant, connections, server))
        const [cpuUs, perSecond] = [spreadOf(runs.map((each) => each.cpuUs)), spreadOf(runs.map((each) => each.perSecond))]
        rows.push([`${variant.name} (${version})`, String(connections), formatSpread(cpuUs), formatSpread(perSecond)])
        data.push({ client: variant.name, connections, cpuUs, perSecond })
      }
    return { table: { caption, columns, rows }, data }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function pgbenchVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await exec("pgbench", ["--version"])
    return /\d+(?:\.\d+)?/.exec(stdout)?.[0]
  } catch {
    return undefined
  }
}

async function run(file: string, { protocol, statements }: Variant, connections: number, server: ServerAddress) {
  const { host, port, user, password, database } = server
  const args = ["-n", "-f", file, "-M", protocol, "-c", connections, "-j", 1, "-T", 1, "-h", host, "-p", port, "-U", user, database]
  // The shell's `times`: nothing else reports the CPU time of a child that has ended.
  const { stdout } = await exec("sh", ["-c", 'pgbench "$@" || exit; times', "sh", ...args.map(String)], {
    env: { ...process.env, PGPASSWORD: password, LC_ALL: "C" },
    timeout: 30_000,
  })
  const transactions = Number(/transactions actually processed: (\d+)/.exec(stdout)?.[1])
  const tps = Number(/tps = ([\d.]+)/.exec(stdout)?.[1])
  const [user_, system] = [
    ...stdout
      .split("\n")
      .at(-2)!
      .matchAll(/(\d+)m([\d.]+)s/g),
  ].map(([, m, s]) => Number(m) * 60 + Number(s))
  const queries = transactions * statements
  return { perSecond: tps * statements, cpuUs: ((user_! + system!) * 1_000_000) / queries }
}
