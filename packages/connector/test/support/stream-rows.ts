// Streams many rows in a separate process, without other garbage, and prints the memory used.
import { createDatabaseConnector } from "@pgsd/connector"
import { type SocketName, socketDriver } from "./subjects.ts"

const [driver = "", host = "", port = "", user = "", password = "", rows = ""] = process.argv.slice(2)
const total = Number(rows)
const connection = await socketDriver(driver as SocketName).connect({ host, port: Number(port), user, password, database: "postgres" })
const db = createDatabaseConnector(connection)
const residentMb = () => process.memoryUsage.rss() / 1024 / 1024
const sql = "SELECT n AS id, 'customer ' || n AS name, n % 7 = 0 AS active, now() AS seen FROM generate_series(1, $1::int) n"

// V8 lets the heap grow to its working size first, by some 25 MB; that is counted, too.
const before = residentMb()
let most = before
let atOneFifth = before
let count = 0
const started = performance.now()
for await (const row of db.stream<{ id: number; seen: Date }>(sql, [total])) {
  count += 1
  if (row.id !== count || !(row.seen instanceof Date)) throw new Error(`row ${count} is not right`)
  if (count % 10_000 === 0) most = Math.max(most, residentMb())
  if (count === total / 5) atOneFifth = Math.max(most, residentMb())
}
const seconds = (performance.now() - started) / 1_000
await db.close()
process.stdout.write(JSON.stringify({ count, growthMb: most - before, lateGrowthMb: most - atOneFifth, seconds }))
