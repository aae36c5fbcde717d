import { pgliteDriver } from "@pgsd/driver-pglite"

const driver = pgliteDriver() // in memory; { dataDir: "./data" } keeps it
const connection = await driver.connect()

await connection.query("CREATE TABLE users (id int PRIMARY KEY, name text, born timestamptz)")
await connection.query("INSERT INTO users VALUES ($1, $2, $3)", [1, "Ada", new Date("1815-12-10T00:00:00Z")])
const { rows } = await connection.query("SELECT name, born FROM users")
console.log(rows[0].name, rows[0].born.getUTCFullYear(), connection.info.label) // => Ada 1815 pglite:memory

await connection.close()
await driver.close()
