import { once } from "node:events"
import { resolveConnection } from "@pgsd/config"
import { pgDriver } from "@pgsd/driver-pg"
import { createConnectionPool } from "@pgsd/pool"
import { createApp } from "./app.ts"
import { rememberStock } from "./stock.ts"
import { startTelemetry } from "./telemetry.ts"

const telemetry = startTelemetry()
const pool = createConnectionPool({
  driver: pgDriver(),
  connection: resolveConnection(process.env.DATABASE_URL), // undefined: PG* variables
  label: "shop",
  max: 10,
  acquireTimeoutMs: 5_000,
  queryTimeoutMs: 30_000,
  settings: { application_name: "sample-service", idle_in_transaction_session_timeout: "60s" },
  onError: (error) => console.warn(error.message), // errors that the pool has handled
})
const stock = await rememberStock(pool) // a start without a database fails here
const { server, drain } = createApp(pool, stock, telemetry.page)

process.once("SIGTERM", async () => {
  await drain(10_000)
  await stock.close()
  await pool.close()
  await telemetry.close()
})

server.listen(Number(process.env.PORT ?? 3000))
await once(server, "listening")
console.log("listening", server.address())
