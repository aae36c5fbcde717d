import { createConnectionPool } from "@pgsd/pool"
import { pgDriver } from "@pgsd/driver-pg"
import { faultProxy } from "@pgsd/testing/proxy"
import { postgresServer } from "@pgsd/testing/server"

const server = await postgresServer()
const proxy = await faultProxy(server)
const pool = createConnectionPool({ driver: pgDriver(), target: server.target({ port: proxy.port }) })

await pool.query("SELECT 1")
proxy.cut() // every connection is gone; a query under way now would be lost
await new Promise((resolve) => setTimeout(resolve, 50)) // the pool sees that its idle one is
console.log((await pool.query("SELECT 'still here' AS text")).rows[0].text) // => still here

await pool.close()
await proxy.close()
await server.close()
