import { createConnectionPool } from "@pgsd/pool"
import { pgliteDriver } from "@pgsd/driver-pglite"

const pool = createConnectionPool({ driver: pgliteDriver() })

const greeting = await pool.use(async (connection) => {
  const { rows } = await connection.query("select $1::text as hello", ["world"])
  return rows[0].hello
})
console.log(greeting) // => world

await pool.close()
