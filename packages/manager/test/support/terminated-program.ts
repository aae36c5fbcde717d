// The README's recipe for SIGTERM, with work in progress when it arrives.

import { pgDriver } from "@pgsd/driver-pg"
import { createDatabaseManager } from "@pgsd/manager"

const [host = "", port = "", user = "", password = ""] = process.argv.slice(2)
const connection = {
  host,
  port: Number(port),
  user,
  password,
  database: "postgres",
  applicationName: "terminated",
  sslMode: "disable" as const,
}
const manager = createDatabaseManager({ databases: { source: connection, target: connection } }, { driver: pgDriver() })

process.once("SIGTERM", () => manager.closeAll({ timeoutMs: 5_000 }))

await manager.initialize()
const source = await manager.getSourceConnection()
const working = source.one<{ done: string }>("SELECT 'finished' AS done FROM pg_sleep(0.7)")
process.stdout.write("working\n")
const { done } = await working
await source.close()
process.stdout.write(`${done}\n`)
// Now only idle connections could keep the process alive.
