import fc from "fast-check"
import { expect, test } from "vitest"
import { simulate } from "./simulation/simulate.ts"
import { stepsOf } from "./simulation/steps.ts"

// PGSD_SIM_SEED is the first seed, and the only one unless PGSD_SIM_RUNS gives a number.
const { PGSD_SIM_SEED: SEED, PGSD_SIM_RUNS, PGSD_TEST_FULL } = process.env
const RUNS = Number(PGSD_SIM_RUNS ?? (SEED === undefined ? (PGSD_TEST_FULL ? 20_000 : 2_000) : 1))
const FIRST = SEED === undefined ? Date.now() % 1_000_000_000 : Number(SEED)
const STEPS = 500

test(`a pool keeps its invariants through ${RUNS} × ${STEPS} random operations and faults (first seed ${FIRST})`, {
  timeout: 3_600_000,
}, async () => {
  for (let run = 0; run < RUNS; run++) {
    const seed = FIRST + run
    const steps = stepsOf(seed, STEPS)
    const failure = await simulate(seed, steps).then(
      () => undefined,
      (error: Error) => error,
    )
    if (failure !== undefined) await shrink(seed, steps)
  }
  expect.assertions(0)
})

/** Fails with the shortest run of the same seed that still fails. */
async function shrink(seed: number, steps: readonly number[]): Promise<never> {
  const again = `PGSD_SIM_SEED=${seed} npx vitest run packages/pool/test/simulation.test.ts`
  const property = fc.asyncProperty(fc.array(fc.nat(0xffffffff), { maxLength: STEPS }), (some) => simulate(seed, some))
  const details = await fc.check(property, { examples: [[[...steps]]], numRuns: 1, interruptAfterTimeLimit: 60_000 })
  const error = details.errorInstance instanceof Error ? details.errorInstance.message : "did not fail a second time"
  throw new Error(`seed ${seed} breaks the pool; again with: ${again}\nafter ${details.numShrinks} shrinks: ${error}`)
}
