import { subscribe } from "node:diagnostics_channel"
import { pgliteDriver } from "@pgsd/driver-pglite"
import { createConnectionPool } from "@pgsd/pool"

subscribe("pgsd:pool:query", ({ pool, sql, durationMs, error }) => {
  console.log(pool, sql, typeof durationMs, error) // => pglite select 1 number undefined
})

const pool = createConnectionPool({ driver: pgliteDriver() })
await pool.query("select 1")
await pool.close()
