import { type PostgresServer, postgresServer } from "@pgsd/testing/server"
import { afterAll, beforeAll, expect, test } from "vitest"
import { chaos } from "../support/chaos.ts"
import { DRIVERS } from "../support/scene.ts"

// Twenty seconds over each driver; half an hour and more with `pnpm chaos`.
const DURATION_MS = process.env.PGSD_TEST_FULL === undefined ? 20_000 : 60_000
const SEED = Number(process.env.PGSD_CHAOS_SEED ?? Date.now() % 1_000_000_000)

let server: PostgresServer
beforeAll(async () => {
  server = await postgresServer()
})
afterAll(() => server?.close())

test.each(DRIVERS)(
  `48: over %s, ${DURATION_MS / 1_000} s of random faults break no promise (PGSD_CHAOS_SEED=${SEED})`,
  { timeout: 180_000 },
  async (_name, driver) => {
    const report = await chaos({ driver, server, seed: SEED, durationMs: DURATION_MS })
    expect(report.violations, JSON.stringify(report)).toEqual([])
    expect(report.succeeded).toBeGreaterThan(100)
    expect(Object.keys(report.faults).length).toBeGreaterThan(10)
  },
)
