import { pgliteDriver } from "@pgsd/driver-pglite"
import { createConnectionPool } from "@pgsd/pool"

const pool = createConnectionPool({ driver: pgliteDriver() })
await pool.query("CREATE TABLE accounts (name text PRIMARY KEY, balance int)")
await pool.transaction(async (connection) => {
  await connection.query("INSERT INTO accounts VALUES ($1, $2)", ["ada", 100])
})
const { rows } = await pool.query("SELECT balance FROM accounts WHERE name = $1", ["ada"])
console.log(rows[0].balance, pool.stats().idle) // => 100 1
await pool.close()
