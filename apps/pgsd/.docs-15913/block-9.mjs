import { createDatabaseConnector } from "@pgsd/connector"
import { pgDriver } from "@pgsd/driver-pg"
import { postgresServer } from "@pgsd/testing/server"

const server = await postgresServer({ users: [{ name: "reader", password: "pw" }] })
await server.sql("CREATE SCHEMA app; CREATE TABLE app.orders (id int); GRANT INSERT ON app.orders TO reader")

const db = createDatabaseConnector(await pgDriver().connect(server.target({ user: "reader", password: "pw" })))
const report = await db.checkPermissions({ schemas: ["app"] })
console.log(report.sufficientFor.catalogReading, report.sufficientFor.usageAndSelect) // => true false
console.log(report.grants[0]) // => GRANT USAGE ON SCHEMA "app" TO "reader";
console.log(report.revokes[0]) // => REVOKE INSERT ON ALL TABLES IN SCHEMA "app" FROM "reader";

await server.sql([...report.grants, ...report.revokes].join("\n")) // somebody who may runs them; this package never does
const again = await db.checkPermissions({ schemas: ["app"] })
console.log(again.sufficientFor.usageAndSelect, again.revokes.length) // => true 0
await db.close()
await server.close()
