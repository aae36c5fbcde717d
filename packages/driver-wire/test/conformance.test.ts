import { wireDriver } from "@pgsd/driver-wire"
import { driverConformance } from "@pgsd/testing"
import { type PostgresServer, postgresServer, serverWays } from "@pgsd/testing/server"
import { afterAll, beforeAll, describe, it } from "vitest"

const FULL = process.env.PGSD_TEST_FULL === "1"

/** By default the newest server over TCP and over TLS, for channel binding; the toolkit is tested over pg and postgres.js. */
const WAYS = serverWays().filter((way) => FULL || way.main || way.server.tls === true)
if (!FULL) process.stdout.write(`driver-wire: conformance on ${WAYS.map(({ name }) => name).join("; ")}; PGSD_TEST_FULL=1 runs all ways\n`)

describe.each(WAYS)("$name", (way) => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await postgresServer(way.server)
  })
  afterAll(() => server?.close())

  driverConformance(
    { describe, it },
    {
      name: "wire",
      driver: wireDriver(),
      target: () => way.target(server),
      admin: { sql: (text) => server.sql(text) },
      native: (client, sql) => (client as { query(sql: string): Promise<unknown> }).query(sql),
      program: { module: new URL("./support/program.ts", import.meta.url), execArgv: ["--conditions=@pgsd/source", "--import=tsx"] },
      // The randomised laws: fully once, a tenth elsewhere.
      ...(FULL
        ? {}
        : { rounds: way.main ? { aborts: 200, cuts: 200, cancels: 24, silences: 48 } : { aborts: 30, cuts: 50, cancels: 8, silences: 8 } }),
    },
  )
})
