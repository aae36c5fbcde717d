import { postgresDriver } from "@pgsd/driver-postgres"
import { postgresServer } from "@pgsd/testing/server" // a real PostgreSQL, for this example

const server = await postgresServer()
const connection = await postgresDriver().connect(server.target()) // { host, port, user, database, password, … }

const { rows } = await connection.query("select $1::int4 + 1 as answer", [41])
console.log(rows[0].answer, connection.status, connection.info.authentication) // => 42 idle scram-sha-256

await connection.close()
await server.close()
