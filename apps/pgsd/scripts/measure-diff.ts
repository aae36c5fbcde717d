/**
 * How long `pgsd diff` of a large database with itself takes, how many statements it sends and how much memory it needs; for comparison,
 * the usual way to read a schema, with some queries per table.
 *
 *   pnpm tsx --conditions=@pgsd/source apps/pgsd/scripts/measure-diff.ts [--tables 2000] [--postgres 18] [--built]
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { cpus, loadavg } from "node:os"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import type { Connection } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { availableVersions, postgresServer } from "@pgsd/testing/server"
import { makeLargeDatabase } from "../test/support/large-database.ts"

const { values } = parseArgs({
  options: { tables: { type: "string", default: "2000" }, postgres: { type: "string" }, built: { type: "boolean", default: false } },
})
const tables = Number(values.tables)
const version = Number(values.postgres ?? availableVersions().at(-1))

await using server = await postgresServer({ version, users: [{ name: "reader", password: "reads" }], settings: { max_connections: 20 } })
await makeLargeDatabase(server, tables)
const reader = { user: "reader", password: "reads" }

console.log(`PostgreSQL ${server.serverVersion}, ${tables} tables, ${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)}`)
for (const driver of ["pg", "postgres"]) console.log(`pgsd diff --driver ${driver}: ${await measureProgram(driver)}`)
const connection = await pgDriver().connect(server.target(reader))
console.log(`queries per object, one side: ${await measureNaive(connection)}`)
await connection.close()

async function measureProgram(driver: string): Promise<string> {
  const program = values.built
    ? [fileURLToPath(new URL("../dist/main.js", import.meta.url))]
    : ["--conditions=@pgsd/source", "--import", import.meta.resolve("tsx"), fileURLToPath(new URL("../src/main.ts", import.meta.url))]
  const tellMemory = "data:text/javascript,process.on('exit',()=>process.stderr.write('maxRSS='+process.resourceUsage().maxRSS))"
  const url = server.url(reader)
  const begun = performance.now()
  const child = spawn(process.execPath, ["--import", tellMemory, ...program, "diff", "-d", driver, "-s", url, "-t", url], {
    stdio: ["ignore", "ignore", "pipe"],
  })
  let said = ""
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString()
  })
  const [exitCode] = await once(child, "close")
  if (exitCode !== 0) throw new Error(said)
  const memory = Number(/maxRSS=(\d+)/.exec(said)?.[1]) / 1024
  return `${seconds(begun)}, ${memory.toFixed(0)} MB`
}

/** What many tools do, and only part of it: columns, constraints and indexes of each table, the text of each view and function. */
async function measureNaive(connection: Connection): Promise<string> {
  let statements = 0
  const ask = async (text: string, params: unknown[] = []) => {
    statements++
    return (await connection.query<{ oid: number }>(text, params)).rows
  }
  const begun = performance.now()
  const public_ = "'public'::pg_catalog.regnamespace"
  for (const { oid } of await ask(`SELECT oid FROM pg_catalog.pg_class WHERE relnamespace = ${public_} AND relkind IN ('r', 'p')`)) {
    await ask("SELECT attname, format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute WHERE attrelid = $1 AND attnum > 0", [oid])
    await ask("SELECT conname, pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint WHERE conrelid = $1", [oid])
    await ask("SELECT pg_get_indexdef(indexrelid) FROM pg_catalog.pg_index WHERE indrelid = $1", [oid])
  }
  for (const { oid } of await ask(`SELECT oid FROM pg_catalog.pg_class WHERE relnamespace = ${public_} AND relkind = 'v'`))
    await ask("SELECT pg_get_viewdef($1::oid)", [oid])
  for (const { oid } of await ask(`SELECT oid FROM pg_catalog.pg_proc WHERE pronamespace = ${public_}`))
    await ask("SELECT pg_get_functiondef($1::oid)", [oid])
  return `${seconds(begun)}, ${statements} statements`
}

function seconds(begun: number): string {
  return `${((performance.now() - begun) / 1000).toFixed(1)} s`
}
