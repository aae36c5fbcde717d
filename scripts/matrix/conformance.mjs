// One cell: copied into a project with packed tarballs, and run there by the cell's Node. Prints TAP.
import { after, before, describe, it } from "node:test"
import { driverConformance } from "@pgsd/testing"
import { postgresServer } from "@pgsd/testing/server"

const program = new URL("driver.mjs", import.meta.url)
const { driver } = await import(program)

const ask = {
  pg: (client, sql) => client.query(sql),
  wire: (client, sql) => client.query(sql),
  // By itself it waits until somebody awaits it.
  postgres: (client, sql) => client.unsafe(sql).execute(),
  pglite: (client, sql) => client.exec(sql),
}
const { MATRIX_POSTGRES: version, MATRIX_KIND: kind } = process.env

if (!driver.supports.network) {
  // PGlite starts slowly, which must not count for one law.
  before(async () => (await driver.connect()).close())
  after(() => driver.close())
  driverConformance({ describe, it }, { name: driver.name, driver, native: ask[driver.name] })
} else {
  let server
  before(async () => {
    server = await postgresServer({ version: Number(version), ...(kind && { kind }) })
  })
  after(() => server?.close())
  driverConformance(
    { describe, it },
    {
      name: driver.name,
      driver,
      target: () => server.target(),
      admin: { sql: (text) => server.sql(text) },
      native: ask[driver.name],
      program: { module: program },
      rounds: { aborts: 30, cuts: 50 },
      // The machine may be busy.
      timeoutMs: 5_000,
    },
  )
}
