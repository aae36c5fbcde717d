import { explainConnection, formatConnectionString, parseConnectionString, resolveConnection } from "@pgsd/config"

const connection = await resolveConnection({
  connection: "postgres://app:p%40ss@db.example.com,standby.example.com:6432/shop?target_session_attrs=read-write",
  env: { PGSSLMODE: "require", PGAPPNAME: "report" }, // left out, it is process.env
})
console.log(connection.hosts.map((host) => `${host.name}:${host.port}`).join(" then ")) // => db.example.com:5432 then standby.example.com:6432
console.log(connection.tls.mode, connection.sources.sslmode) // => require environment variable PGSSLMODE
for (const { key, value, source } of explainConnection(connection)) if (key === "password") console.log(value, source) // => [secret] connection string

console.log({ ...parseConnectionString("host=/tmp dbname='my db'") }.dbname) // => my db
console.log(formatConnectionString({ user: "app", host: "::1", dbname: "shop" })) // => postgresql://app@[::1]/shop
