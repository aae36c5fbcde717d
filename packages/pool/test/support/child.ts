// A separate program: `child.ts <driver> <script> <connection>`. Its output is read by the scenario that started it.
import type { ConnectionLiteral, Driver } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { postgresDriver } from "@pgsd/driver-postgres"
import { wireDriver } from "@pgsd/driver-wire"
import { createConnectionPool } from "../../src/index.ts"

const [name, script, connection] = process.argv.slice(2) as [string, string, string]
const DRIVERS: Readonly<Record<string, () => Driver>> = { pg: pgDriver, postgres: postgresDriver, wire: wireDriver }
const driver = DRIVERS[name]!()
const pool = createConnectionPool({
  driver,
  connection: JSON.parse(connection) as ConnectionLiteral,
  validateAfterMs: 500,
  validateTimeoutMs: 1_000,
})
const say = (text: string) => process.stdout.write(`${text}\n`)

if (script === "query-and-end") {
  await Promise.all([pool.query("SELECT 1"), pool.query("SELECT 2"), pool.transaction((lease) => lease.query("SELECT 3"))])
  const done = performance.now()
  process.on("exit", () => say(`ended after ${Math.round(performance.now() - done)} ms`))
} else {
  await Promise.all([pool.query("SELECT pg_sleep(0.05)"), pool.query("SELECT pg_sleep(0.05)")])
  say("ready")
  process.stdin.once("data", async () => {
    process.stdin.destroy()
    const answer = await pool.query("SELECT 1").then(
      () => "ok",
      (error: Error) => error.message,
    )
    say(`first query: ${answer}`)
    await pool.close()
  })
}
