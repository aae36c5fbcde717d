import { createDatabaseConnector, retry } from "@pgsd/connector"
import { createConnectionFactory } from "@pgsd/driver/open"
import { quoteIdentifier } from "@pgsd/driver"
import { pgDriver } from "@pgsd/driver-pg"
import { postgresServer } from "@pgsd/testing/server"

async function listen(factory, channel, hear) {
  const db = createDatabaseConnector(await retry(() => factory.open(), { maxAttempts: Infinity }))
  db.onNotification(({ payload }) => hear(payload))
  db.onClose((error) => error && listen(factory, channel, hear)) // what was said meanwhile is lost: read the state afresh
  await db.query(`LISTEN ${quoteIdentifier(channel)}`)
  return db
}

const server = await postgresServer()
const { host, port, user, password, database } = server
const factory = createConnectionFactory({ driver: pgDriver(), connection: { host, port, user, password, database } })
let tell
const heard = new Promise((resolve) => (tell = resolve))
const db = await listen(factory, "schema_changed", tell)
await server.sql("NOTIFY schema_changed, 'orders'")
console.log(await heard) // => orders
await db.close()
await server.close()
