import { createDatabaseConnector } from "@pgsd/connector"
import { createConnectionFactory } from "@pgsd/driver/open"
import { pgliteDriver } from "@pgsd/driver-pglite"

const factory = createConnectionFactory({ driver: pgliteDriver() })
const db = createDatabaseConnector(await factory.open())
console.log((await db.getFlavour()).flavour, (await db.checkPermissions()).role.superuser) // => pglite true

await db.query("CREATE TABLE orders (id int, note text)")
await db.transaction((tx) => tx.query("INSERT INTO orders SELECT n, 'order ' || n FROM generate_series(1, 5000) n"))
let rows = 0
for await (const row of db.stream("SELECT * FROM orders ORDER BY id")) rows = row.id // one batch in memory at a time
console.log(rows) // => 5000
await db.close()
