import { pgDriver } from "@pgsd/driver-pg"
import { driverConformance } from "@pgsd/testing"
import { type PostgresServer, postgresServer, serverWays } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, it } from "vitest"

const FULL = process.env.PGSD_TEST_FULL === "1"

describe.each(serverWays())("$name", (way) => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer(way.server)
  })
  afterAll(() => server?.close())

  driverConformance(
    { describe, it },
    {
      name: "pg",
      driver: pgDriver(),
      target: () => way.target(server),
      admin: { sql: (text) => server.sql(text) },
      native: (client, sql) => (client as { query(sql: string): Promise<unknown> }).query(sql),
      program: { module: new URL("./support/program.ts", import.meta.url), execArgv: ["--conditions=@pgsd/source", "--import=tsx"] },
      // The randomised laws: fully with PGSD_TEST_FULL, otherwise many runs once and few elsewhere.
      ...(FULL
        ? {}
        : { rounds: way.main ? { aborts: 200, cuts: 200, cancels: 24, silences: 48 } : { aborts: 30, cuts: 50, cancels: 8, silences: 8 } }),
    },
  )
})
