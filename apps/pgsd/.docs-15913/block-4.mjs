import { postgresServer } from "@pgsd/testing/server"

const server = await postgresServer({ users: [{ name: "app", password: "secret" }] })
await server.sql("CREATE TABLE ping (n int); INSERT INTO ping VALUES (1); GRANT SELECT ON ping TO app")
console.log(await server.sql("SELECT n FROM ping")) // => [ { n: '1' } ]
// give your app server.url({ user: "app", password: "secret" })
await server.close()
