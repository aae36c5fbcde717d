import { after, before, describe, it } from "node:test"
import { driverConformance } from "@pgsd/testing"
import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import type pg from "pg"
import { sampleDriver } from "../src/sample-driver.ts"

let server: PostgresServer
before(async () => {
  server = await postgresServer()
})
after(() => server?.close())

driverConformance(
  { describe, it },
  {
    name: "sample",
    driver: sampleDriver(),
    target: () => server.target(),
    admin: { sql: (text) => server.sql(text) },
    native: (client, sql) => (client as pg.Client).query(sql),
    program: { module: new URL("./program.js", import.meta.url) },
    rounds: { aborts: 50, cuts: 50 },
  },
)
