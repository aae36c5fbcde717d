import { pgliteDriver } from "@pgsd/driver-pglite"
import { createDatabaseManager } from "@pgsd/manager"

const manager = createDatabaseManager({ databases: { source: {}, target: {} } }, { driver: () => pgliteDriver() })
await manager.initialize() // both, or neither

const source = await manager.getSourceConnection() // a DatabaseConnector of @pgsd/connector
console.log(await source.one("SELECT 1 AS n")) // => { n: 1 }
await source.close() // back to its pool

const { target } = await manager.verifyConnections()
console.log(target.ok, manager.stats().databases.source.queryTime.count) // => true 1
await manager.closeAll()
