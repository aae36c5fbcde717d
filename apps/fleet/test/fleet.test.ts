import { describe, expect, test } from "vitest"
import { pgPool } from "../src/policies/pg-pool.ts"
import { pgsd } from "../src/policies/pgsd.ts"
import { postgresJs } from "../src/policies/postgres-js.ts"
import { runFleet } from "../src/run-fleet.ts"
import { SCENARIOS } from "../src/scenarios.ts"

// As many slots per process as 1,000 have on 500; the whole fleet with PGSD_TEST_FULL. A small fleet has fewer callers per process, and
// fills its few slots by chance more often.
const PROCESSES = process.env.PGSD_TEST_FULL === undefined ? 50 : 1_000
const SLOTS = PROCESSES / 2
const SEED = Number(process.env.PGSD_SEED ?? 1)
const restart = SCENARIOS.find(({ name }) => name === "restart")!
const fleet = {
  scenario: restart,
  processes: PROCESSES,
  max: 10,
  slots: SLOTS,
  seed: SEED,
  callersPerSecond: PROCESSES * (PROCESSES < 1_000 ? 0.24 : 0.4),
}

describe(`${PROCESSES} processes on ${SLOTS} slots (PGSD_SEED=${SEED})`, () => {
  test("after a restart all are served within 5 s, no waiting caller fails, and the server is not flooded", async () => {
    const { failed, waiting, fullServiceMs, worstSecondReached, served } = await runFleet({ ...fleet, policy: pgsd })
    expect({ failed, waiting }).toEqual({ failed: 0, waiting: 0 })
    expect(served).toBeGreaterThan(5 * PROCESSES)
    expect(fullServiceMs).toBeLessThan(5_000)
    expect(worstSecondReached).toBeLessThan(2 * SLOTS)
  })

  test("the same seed gives the same run", async () => {
    const runs = [await runFleet({ ...fleet, policy: pgsd }), await runFleet({ ...fleet, policy: pgsd })]
    expect(runs[0]).toEqual(runs[1])
  })

  test("the peers' models: a refused connection fails its caller", async () => {
    for (const policy of [pgPool(0), postgresJs]) {
      const { failed, served } = await runFleet({ ...fleet, policy })
      expect(failed).toBeGreaterThan(PROCESSES / 2)
      expect(served).toBeGreaterThan(4 * PROCESSES)
    }
  })
})
