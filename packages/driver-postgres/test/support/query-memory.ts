// Runs many queries in a separate process, without other garbage, and prints what they leave in the heap.
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8"
import { postgresDriver } from "@pgsd/driver-postgres"

const QUERIES = 10_000
const FAILURES = 2_000

const [host = "", port = "", user = "", password = ""] = process.argv.slice(2)
const connection = await postgresDriver().connect({ host, port: Number(port), user, password, database: "postgres" })

const oldKb = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space")!.space_used_size / 1024
const usedKb = () => {
  globalThis.gc!()
  return getHeapStatistics().used_heap_size / 1024
}

/** The largest growth of the old generation, in kB: a full collection may happen in between. */
async function ask(queries: number): Promise<number> {
  const before = oldKb()
  let most = before
  for (let i = 0; i < queries; i++) {
    await connection.query("SELECT 1 AS one")
    if (i % 100 === 0) most = Math.max(most, oldKb())
  }
  return most - before
}

async function fail(statements: number): Promise<void> {
  for (let i = 0; i < statements; i++) await connection.query(`SELECT 1/0 -- ${i} ${"x".repeat(4_000)}`).catch(() => {})
}

// Until the code is compiled and has its type feedback.
await ask(5_000)
globalThis.gc!()
const promotedKb = await ask(QUERIES)
await fail(100)
const before = usedKb()
await fail(FAILURES)
const keptKb = usedKb() - before
await connection.close()
process.stdout.write(JSON.stringify({ promotedKb, keptKb }))
