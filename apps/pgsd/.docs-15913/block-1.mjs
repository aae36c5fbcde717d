import { resolveConnection } from "@pgsd/config"
import { createConnectionPool } from "@pgsd/pool"
import { pgDriver } from "@pgsd/driver-pg" // or: postgresDriver from "@pgsd/driver-postgres"
import { postgresServer } from "@pgsd/testing/server" // a real server, so that this example runs

const server = await postgresServer()
process.env.DATABASE_URL = `postgresql://${server.user}:${server.password}@${server.host}:${server.port}/${server.database}`

const pool = createConnectionPool({ driver: pgDriver(), connection: resolveConnection(process.env.DATABASE_URL) })

const total = await pool.transaction(async (tx) => {
  await tx.query("CREATE TABLE items (name text, price int)")
  await tx.query("INSERT INTO items VALUES ($1, $2)", ["tea", 3])
  await tx.transaction((inner) => inner.query("INSERT INTO items VALUES ('cup', 'nine')")).catch(() => {}) // a savepoint, undone
  return tx.one("SELECT sum(price)::int AS total FROM items")
})
console.log(total) // => { total: 3 }
for await (const item of pool.stream("SELECT * FROM items", [], { timeoutMs: 5_000 })) console.log(item.name) // => tea

await pool.close()
await server.close()
