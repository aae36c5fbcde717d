import { expect, onTestFinished, test } from "vitest"
import { fuzzParse } from "./support/libpq/fuzz-parse.ts"
import { needOracle } from "./support/libpq/oracle.ts"

const RUNS = process.env.PGSD_TEST_FULL ? 100_000 : 5_000
const SEED = Number(process.env.FC_SEED ?? Date.now() % 2_147_483_647)

test(`${RUNS} generated connection strings are read as libpq 18 reads them`, { timeout: 900_000 }, async (context) => {
  const oracle = await needOracle(context)
  onTestFinished(() => oracle.close())
  expect(Math.floor((await oracle.version()) / 10_000)).toBe(18)
  const { counts, differences, summary } = await fuzzParse(oracle, RUNS, SEED)
  process.stdout.write(`${summary}\n`)
  expect(differences.slice(0, 10), `FC_SEED=${SEED}`).toEqual([])
  expect(counts.accepted / RUNS).toBeGreaterThanOrEqual(0.4)
})
