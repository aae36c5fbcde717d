import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, expect, test } from "vitest"
import { DRIVERS } from "../support/drivers.ts"
import { fuzz } from "./fuzz.ts"
import { record } from "./recording.ts"

// Ten million frames: `pnpm fuzz:wire`.

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

const DURATION_MS = process.env.PGSD_TEST_FULL === "1" ? 120_000 : 4_000

test.each(DRIVERS)(
  "over $name: what a broken server sends neither ends the process nor hangs a query, nor gives it another's rows",
  async ({ name, load }) => {
    const driver = await load()
    const recording = await record(driver, server.target())
    const seed = Date.now() % 1_000_000_000
    // A failure names its seed; `pnpm fuzz:wire 0.001 <seed> <driver>` repeats it.
    const report = await fuzz({
      driver,
      recording,
      comparesRows: name === "wire",
      seed,
      frames: Number.POSITIVE_INFINITY,
      durationMs: DURATION_MS,
    })
    expect(report.fulfilled).toBeGreaterThan(10)
    expect(report.rejected).toBeGreaterThan(10)
    expect(report.compared).toBeGreaterThan(5)
  },
  DURATION_MS + 60_000,
)
