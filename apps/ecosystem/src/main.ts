/**
 * Runs every client over every kind of pool and every fault, each in a separate process, and writes a table of docs/ecosystem.md:
 * `pnpm --filter ecosystem table [client …]`. With client names it prints their outcomes and writes nothing.
 *
 * ECOSYSTEM_PAGE and ECOSYSTEM_TABLE name another page and table: scripts/matrix/ecosystem.ts runs a copy with the newest versions.
 */
import { execFile } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { FAULTS, type Fault, KINDS, type Kind, type Outcome, textOf } from "./scene.ts"
import { table } from "./table.ts"

const run = promisify(execFile)

/** The script of each client, and the package whose version is shown. */
export const CLIENTS: Readonly<Record<string, string>> = {
  kysely: "kysely",
  drizzle: "drizzle-orm",
  "connect-pg-simple": "connect-pg-simple",
  "pg-boss": "pg-boss",
  "graphile-worker": "graphile-worker",
  typeorm: "typeorm",
  knex: "knex",
  prisma: "@prisma/adapter-pg",
}

const RUN_TIMEOUT_MS = 60_000
const AT_A_TIME = 2

/** One run. A process without an outcome within the limit has hung. */
export async function runOne(client: string, kind: Kind, fault: Fault): Promise<Outcome> {
  const child = new URL("./child.ts", import.meta.url).pathname
  const args = [...process.execArgv, child, client, kind, fault]
  const { stdout } = await run(process.execPath, args, { timeout: RUN_TIMEOUT_MS, killSignal: "SIGTERM" }).catch(
    (error: { stdout?: string }) => ({ stdout: error.stdout ?? "" }),
  )
  const line = stdout.split("\n").find((each) => each.startsWith("@@"))
  return line === undefined ? { passed: [], failed: [], crash: "no outcome: it hung" } : (JSON.parse(line.slice(2)) as Outcome)
}

function versionOf(name: string): string {
  const require = createRequire(import.meta.url)
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}/package.json`, "utf8")).version
    } catch {
      // the next folder
    }
  }
  throw new Error(`${name} is not installed`)
}

function marks(place: string): RegExp {
  return new RegExp(`<!-- ${place}:start -->[\\s\\S]*<!-- ${place}:end -->`)
}

async function main(named: readonly string[]): Promise<void> {
  const clients = named.length === 0 ? Object.keys(CLIENTS) : named
  const runs = clients.flatMap((client) => KINDS.flatMap((kind) => FAULTS.map((fault) => ({ client, kind, fault }))))
  const outcomes = new Map<string, Outcome>()
  let next = 0
  const worker = async () => {
    for (let at = runs[next++]; at !== undefined; at = runs[next++]) {
      const outcome = await runOne(at.client, at.kind, at.fault)
      outcomes.set(`${at.client} ${at.kind} ${at.fault}`, outcome)
      console.log(`${at.client} ${at.kind} ${at.fault}: ${JSON.stringify(outcome)}`)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
  if (named.length > 0) return
  const versions = Object.fromEntries(Object.entries(CLIENTS).map(([client, name]) => [client, `${name} ${versionOf(name)}`]))
  const page = process.env.ECOSYSTEM_PAGE ?? fileURLToPath(new URL("../../../docs/ecosystem.md", import.meta.url))
  const place = process.env.ECOSYSTEM_TABLE ?? "pinned"
  const text = table(versions, outcomes, { pg: versionOf("pg") })
  writeFileSync(
    page,
    readFileSync(page, "utf8").replace(marks(place), () => `<!-- ${place}:start -->\n${text}\n<!-- ${place}:end -->`),
  )
}

if (process.argv[1] === new URL(import.meta.url).pathname)
  main(process.argv.slice(2)).catch((error) => {
    console.error(textOf(error))
    process.exitCode = 1
  })
